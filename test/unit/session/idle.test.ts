import { expect, test, vi } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import { endWhenIdle, isUse } from "../../../src/session/control/idle.ts";
import type { WarmReport } from "../../../src/model/protocol.ts";
import { createStop } from "../../../src/session/stop.ts";
import { createEventStream } from "../../../src/session/stream.ts";
import { virtualClock } from "../virtual-clock.ts";

const MINUTE = 60_000;

/** A session that ends itself after ten minutes; what happens is what a test makes happen. */
function session(minutes: number | null = 10) {
  const clock = virtualClock();
  const stream = createEventStream(clock);
  const stop = createStop();
  let measured = 0;
  const logs = { measured: () => measured };
  const answer = (): void => void measured++;
  const idle = endWhenIdle(clock, { stream, stop, logs, minutes: () => minutes });
  const print = (line: string): void =>
    stream.emitLines({
      ...{ app: "api", stream: "out", at: clock.now().toISOString(), n: 1 },
      ...{ text: `starts\n${line}`, count: 2, escapes: false },
    });
  return { clock, stream, stop, idle, print, answer };
}

test("it ends where nothing happens for as long as was chosen; without a choice never", async () => {
  const one = session();
  await one.clock.pass(9 * MINUTE);
  expect(one.stop.reason).toBeNull();
  await one.clock.pass(2 * MINUTE);
  expect(one.stop.reason).toBe("idle");
  const none = session(null);
  await none.clock.pass(600 * MINUTE);
  expect(none.stop.reason).toBeNull();
});

test("one that never ends by itself is not looked at; one whose limit is known later is", async () => {
  const clock = virtualClock();
  const stream = createEventStream(clock);
  const stop = createStop();
  const sleeps = vi.spyOn(clock, "sleep");
  let known: number | null = null;
  endWhenIdle(clock, { stream, stop, logs: { measured: () => 0 }, minutes: () => known });
  stream.emit({ event: "notice", text: "nothing is known" });
  expect(sleeps).not.toHaveBeenCalled();
  known = 10;
  stream.emit({ event: "notice", text: "the configuration is read" });
  await clock.pass(11 * MINUTE);
  expect(stop.reason).toBe("idle");
});

const EVENTS: SessionEvent[] = [
  { event: "app.reloading", app: "api", file: "/p/a.py", savedAt: "", how: "warm" },
  { event: "task.started", task: "migrate", pid: 1, reason: "first run" },
];

test.each<[what: string, happens: (one: ReturnType<typeof session>) => void]>([
  ...EVENTS.map((event): [string, (one: ReturnType<typeof session>) => void] => [
    event.event,
    ({ stream }) => stream.emit(event),
  ]),
  ["a command", ({ idle }) => idle.touch()],
  ["a request that an app measured, and did not print", ({ answer }) => answer()],
  ["a request", ({ print }) => print('127.0.0.1 - - [01/Jan/2026 10:00:00] "GET /api HTTP/1.1" 200 -')],
])("%s is something", async (_, happens) => {
  const one = session();
  await one.clock.pass(9 * MINUTE);
  happens(one);
  await one.clock.pass(9 * MINUTE);
  expect(one.stop.reason).toBeNull();
  await one.clock.pass(2 * MINUTE);
  expect(one.stop.reason).toBe("idle");
});

test("a request in a line of other characters counts too", async () => {
  const one = session();
  await one.clock.pass(9 * MINUTE);
  one.stream.emit({ event: "log", app: "api", stream: "out", line: '"GET /größe HTTP/1.1" 200 -' });
  await one.clock.pass(9 * MINUTE);
  expect(one.stop.reason).toBeNull();
});

test("what an app prints by itself is nothing; while somebody follows it never ends", async () => {
  const one = session();
  const leave = one.idle.subscribe(() => {});
  await one.clock.pass(60 * MINUTE);
  expect(one.stop.reason).toBeNull();
  leave();
  leave();
  for (let minute = 0; minute < 11; minute++) {
    one.print("still here");
    await one.clock.pass(MINUTE);
  }
  expect(one.stop.reason).toBe("idle");
});

test("a command is something; `devpm list` and what a warm Python reports by itself are nothing", () => {
  expect(isUse({ op: "restart", apps: ["api"] })).toBe(true);
  expect(isUse({ op: "status" })).toBe(false);
  const report: WarmReport = { what: "notice", text: "" };
  expect(isUse({ op: "report", app: "api", session: "1", report })).toBe(false);
});
