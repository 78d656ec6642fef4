import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { App } from "../../../src/model/project.ts";
import type { AppRun } from "../../../src/session/apps/app-run.ts";
import { SETTLED_MS } from "../../../src/readiness/port-watch.ts";
import { createConsequences } from "../../../src/session/apps/consequences.ts";
import { memberOf } from "../../../src/session/apps/member.ts";
import type { AppUnderPm2 } from "../../../src/session/apps/pm2-process.ts";
import { createReporter } from "../../../src/session/apps/reporter.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { app as recorded } from "../teardown/sample.ts";
import { stamp } from "../ui/fake.ts";
import { lockOf, sessionRoom, untilDone } from "./session-room.ts";
import { crashed } from "./crashed.ts";

/** One app of a session, and what follows from its events. */
function following(answering: Partial<App> = {}) {
  const room = sessionRoom({}, { docker: { connect: () => Promise.resolve({ ok: false }) } as never });
  const app = sampleApp({ name: "api", port: 5050 });
  const lock = lockOf({ apps: [recorded("api", [])], ports: [5050] });
  const stopping = new AbortController();
  const member = memberOf(
    { app, answering: { ...app, ...answering } } as AppRun,
    { id: 4 } as AppUnderPm2,
    createReporter(),
  );
  const follow = createConsequences(room.system, {
    project: sampleProject([app]),
    lock,
    stream: room.stream,
    stopping: stopping.signal,
    member: (name) => (name === "api" ? member : undefined),
  });
  let readied = false;
  void member.ready.promise.then(() => (readied = true));
  return {
    ...room,
    lock,
    member,
    stopping,
    readied: () => readied,
    happens: (event: SessionEvent) => follow(stamp(event)),
  };
}

const ready = (app: string): SessionEvent => ({ event: "app.ready", app, url: null, ms: 1 });
const reloaded = (ok: boolean): SessionEvent => ({
  event: "app.reloaded",
  app: "api",
  file: "a.py",
  savedAt: "2026-01-31T12:00:00.000Z",
  ms: 1,
  how: "warm",
  ok,
});
const crash = (excerpt: string[]): SessionEvent => crashed("api", { excerpt });

describe("what follows from an app's event", () => {
  test("ready: its dependents may start, and its processes and port are recorded", async () => {
    const { happens, simulated, clock, lock, member, readied, root } = following({ port: 6060 });
    simulated.start(100);
    happens({ event: "app.running", app: "api", pid: 100 });
    happens(ready("api"));
    await clock.pass(SETTLED_MS);
    // written in the background, and it is to be there before the folder goes
    await untilDone(() => readied() && existsSync(path.join(root, ".state/claims/network-7/6060.json")));
    expect(lock.record.ports).toEqual([5050, 6060]);
    expect(member.wasReady).toBe(true);
    expect(lock.record.apps[0]).toMatchObject({ pmId: 4, pids: [{ pid: 100 }], ports: [6060] });
    expect(lock.record.strays).toEqual([]);
  });

  test.each([
    [true, true],
    [false, false],
  ])("a reload that ended well (%s) counts as ready: %s", async (ok, wasReady) => {
    const { happens, member } = following();
    happens(reloaded(ok));
    expect(member.wasReady).toBe(wasReady);
  });

  test("an app that the session does not know changes nothing", () => {
    const { happens, lock } = following();
    happens(ready("web"));
    happens({ event: "app.running", app: "web", pid: 100 });
    happens({ event: "notice", text: "hello" });
    expect(lock.record.apps[0]!.pids).toEqual([]);
  });
});

describe("a crash because of a taken port", () => {
  const taken = ["OSError: [Errno 98] Address already in use"];

  test("names the program that holds it, and how to go on", async () => {
    const { happens, simulated, events } = following();
    simulated.start(900, { command: "python other.py" });
    simulated.listen(5050, 900);
    simulated.binds.set(5050, "taken");
    happens(crash(taken));
    await untilDone(() => events.length > 0);
    expect(events).toMatchObject([{ event: "diagnostic", state: "api is not running; the rest of the session is." }]);
    const [found] = events as Extract<SessionEvent, { event: "diagnostic" }>[];
    expect(JSON.stringify(found!.evidence)).toContain("python other.py");
    expect(found!.fixes.at(-1)).toEqual({ label: "once it is free", command: "devpm restart api" });
    // it runs already: what starts a session does not help
    expect(found!.fixes.filter(({ command }) => command.startsWith("devpm dev"))).toEqual([]);
  });

  test("that is not its own, but one that its output names, is looked for there alone", async () => {
    const { happens, simulated, events } = following();
    simulated.start(900, { command: "debugger" });
    simulated.listen(5678, 900);
    simulated.binds.set(5678, "taken");
    happens(crash(["RuntimeError: can't listen on 127.0.0.1:5678", "OSError: Address already in use"]));
    await untilDone(() => events.length > 0);
    const [found] = events as Extract<SessionEvent, { event: "diagnostic" }>[];
    expect(found!.evidence[0]).toEqual(["app", "api (its output names port 5678)"]);
    expect(JSON.stringify(found)).toContain("debugger");
  });

  test("whose last connections are not over yet is said to rest", async () => {
    const { happens, simulated, events } = following();
    simulated.resting.add(5050);
    happens(crash(taken));
    await untilDone(() => events.length > 0);
    expect(events).toMatchObject([
      { event: "diagnostic", summary: expect.stringContaining("5050"), fixes: [{ command: "devpm restart api" }] },
    ]);
  });

  test.each([
    ["another reason", ["ValueError: no"], false],
    ["while the session stops", taken, true],
  ])("is not looked into for %s", async (_, excerpt, stops) => {
    const { happens, simulated, events, stopping, system } = following();
    simulated.start(900);
    simulated.listen(5050, 900);
    let asked = false;
    system.ports.holders = () => ((asked = true), []);
    if (stops) stopping.abort();
    happens(crash(excerpt));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => void setImmediate(resolve));
    expect([events, asked]).toEqual([[], false]);
  });
});
