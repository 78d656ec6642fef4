import { expect, test } from "vitest";
import { linesOf } from "../../../src/model/log-batch.ts";
import type { Streamed } from "../../../src/model/protocol.ts";
import { keepingBlocks } from "../../../src/ui/blocks.ts";
import { at, batchOf, stamp } from "./fake.ts";

/** A clock that goes on when the test says so. */
function room() {
  let now = 0;
  let timers: { at: number; run: () => void; signal: AbortSignal | undefined }[] = [];
  const shown: string[] = [];
  const ui = keepingBlocks(
    {
      event: (event: Streamed) => void shown.push(event.event === "log" ? `${event.app} ${event.line}` : event.event),
      lines: (batch) => void shown.push(...linesOf(batch).map((line) => `${batch.app} ${line}`)),
    },
    {
      monotonic: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          timers.push({ at: now + ms, run: () => resolve(), signal });
        }),
    },
  );
  return {
    shown,
    log: (app: string, ...lines: string[]) => {
      for (const line of lines) ui.event(stamp({ event: "log", app, stream: "err", line }));
    },
    together: (app: string, ...lines: string[]) => ui.lines(batchOf(app, lines)),
    ui,
    async pass(ms: number) {
      now += ms;
      const due = timers.filter((timer) => timer.at <= now);
      timers = timers.filter((timer) => timer.at > now);
      for (const { run } of due) run();
      await new Promise((resolve) => void setImmediate(resolve));
    },
  };
}

const TRACE = ["Traceback (most recent call last):", '  File "a.py", line 1', "    boom()", "ValueError: no"];

test("two tracebacks that are printed at once are shown one after the other", async () => {
  const { log, shown, pass } = room();
  for (const line of TRACE) {
    log("a", line);
    log("b", line);
  }
  await pass(20);
  await pass(20);
  expect(shown).toEqual([...TRACE.map((line) => `a ${line}`), ...TRACE.map((line) => `b ${line}`)]);
});

test("ordinary lines are shown at once, in the order they came", () => {
  const { log, shown } = room();
  log("a", "one");
  log("b", "two");
  log("a", "three");
  expect(shown).toEqual(["a one", "b two", "a three"]);
});

test("a block ends with the first ordinary line of its app", () => {
  const { log, shown } = room();
  log("a", ...TRACE.slice(0, 2));
  log("b", "other");
  log("a", "ordinary");
  log("b", "more");
  expect(shown).toEqual([`a ${TRACE[0]}`, `a ${TRACE[1]}`, "a ordinary", "b other", "b more"]);
});

test("an app's own lines keep their order while they wait", async () => {
  const { log, shown, pass } = room();
  log("a", "Error: x", "    at y");
  log("b", "1", "  2", "3");
  log("c", "4");
  log("a", "    at z");
  await pass(20);
  await pass(20);
  expect(shown).toEqual(["a Error: x", "a     at y", "a     at z", "b 1", "b   2", "b 3", "c 4"]);
});

test("a block without an end lets the others through", async () => {
  const { log, shown, pass } = room();
  log("a", "  on");
  log("b", "waits");
  for (let i = 0; i < 30; i++) {
    await pass(10);
    log("a", "  and on");
  }
  expect(shown).toContain("b waits");
  expect(shown.indexOf("b waits")).toBeLessThan(25);
});

test("anything that is no line comes after what was waiting for its turn", () => {
  const { log, ui, shown } = room();
  log("a", TRACE[0] ?? "");
  log("b", "waits", "  too");
  ui.event({ event: "notice", text: "x", at });
  expect(shown).toEqual([`a ${TRACE[0]}`, "b waits", "b   too", "notice"]);
});

test("lines that come together open, continue and wait for blocks like lines that come alone", async () => {
  const { shown, together, log, pass } = room();
  together("web", "GET /", ...TRACE.slice(0, 2));
  together("worker", "one", "two");
  expect(shown).toEqual(["web GET /", ...TRACE.slice(0, 2).map((line) => `web ${line}`)]);
  together("web", ...TRACE.slice(2), "GET /next");
  expect(shown.slice(-3)).toEqual(["web GET /next", "worker one", "worker two"]);
  together("web", "Traceback (most recent call last):");
  log("worker", "three");
  expect(shown.at(-1)).toBe("web Traceback (most recent call last):");
  await pass(20);
  expect(shown.at(-1)).toBe("worker three");
});
