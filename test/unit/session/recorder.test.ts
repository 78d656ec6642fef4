import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { APP_MARK, MARK } from "../../../src/model/ownership.ts";
import { SETTLED_MS } from "../../../src/readiness/port-watch.ts";
import { recordApp, recordEnd, recordingDescendants, recordPort } from "../../../src/session/apps/recorder.ts";
import { sampleApp } from "../plan/sample.ts";
import { app, identity } from "../teardown/sample.ts";
import { lockOf, sessionRoom } from "./session-room.ts";

describe("the session file names", () => {
  test("an app's process with its start time, which a later pid of the same number does not have", async () => {
    const { system, simulated } = sessionRoom();
    const lock = lockOf({ apps: [app("api", []), app("web", [7])] });
    simulated.start(100, { startTime: "555" });
    await recordApp(system, lock, { name: "api", pmId: 3, pid: 100 });
    expect(lock.record.apps).toMatchObject([
      { name: "api", pmId: 3, pids: [identity(100, "555")] },
      { name: "web", pmId: 0, pids: [identity(7)] },
    ]);
  });

  test("no process that has ended already: its pid may be anyone's next", async () => {
    const { system } = sessionRoom();
    const lock = lockOf({ apps: [app("api", [])] });
    await recordApp(system, lock, { name: "api", pmId: 3, pid: 100 });
    expect(lock.updates).toEqual([]);
  });

  test("nothing of an app that has ended", async () => {
    const lock = lockOf({ apps: [app("api", [100]), app("web", [200])] });
    await recordEnd(lock, "api");
    expect(lock.record.apps.map(({ name, pids }) => [name, pids.length])).toEqual([
      ["api", 0],
      ["web", 1],
    ]);
  });
});

describe("when an app is ready", () => {
  test("every process of each app is recorded, and what has no app's name as a stray", async () => {
    const { system, simulated, clock } = sessionRoom();
    const lock = lockOf({ apps: [app("api", [100]), app("web", [200])] });
    const mark = { [MARK]: "s1" };
    for (const pid of [100, 200]) simulated.start(pid);
    simulated.start(101, { ppid: 100 });
    // daemons that left their parents: one with the app's name, one that only has the session's mark
    simulated.start(150, { env: { ...mark, [APP_MARK]: "api" } });
    simulated.start(160, { env: mark });
    simulated.start(999);
    const recorded = recordingDescendants(system, lock, new AbortController().signal)();
    await clock.pass(SETTLED_MS);
    await recorded;
    const pids = (name: string): number[] =>
      lock.record.apps.find((one) => one.name === name)!.pids.map(({ pid }) => pid);
    expect(pids("api").toSorted((a, b) => a - b)).toEqual([100, 101, 150]);
    expect(pids("web")).toEqual([200]);
    expect(lock.record.strays?.map(({ pid }) => pid)).toEqual([160]);
  });

  test("they are read once for all apps that are ready by then, and again for a later one", async () => {
    const { system, simulated, clock } = sessionRoom();
    const lock = lockOf({ apps: [app("api", [100]), app("web", [200])] });
    for (const pid of [100, 200]) simulated.start(pid);
    const record = recordingDescendants(system, lock, new AbortController().signal);
    void record();
    await clock.pass(SETTLED_MS - 1);
    void record();
    expect(lock.updates).toEqual([]);
    await clock.pass(1);
    expect(lock.updates).toHaveLength(1);
    void record();
    await clock.pass(SETTLED_MS);
    expect(lock.updates).toHaveLength(2);
  });

  test("they are recorded at once where the session stops before", async () => {
    const { system, simulated } = sessionRoom();
    const lock = lockOf({ apps: [app("api", [100])] });
    simulated.start(100);
    simulated.start(101, { ppid: 100 });
    const stopping = new AbortController();
    const recorded = recordingDescendants(system, lock, stopping.signal)();
    stopping.abort();
    await recorded;
    expect(lock.record.apps[0]!.pids.map(({ pid }) => pid)).toEqual([100, 101]);
  });

  test("a port that it did not claim is recorded and claimed, first among its own", async () => {
    const { system, root } = sessionRoom();
    const lock = lockOf({
      ports: [5050, 5173],
      apps: [app("api", [], { ports: [5050] }), app("web", [], { ports: [5173] })],
    });
    await recordPort(system, lock, sampleApp({ name: "web", port: 5174 }));
    expect(lock.record.ports).toEqual([5050, 5173, 5174]);
    expect(lock.record.apps.map(({ ports }) => ports)).toEqual([[5050], [5174, 5173]]);
    const claim = JSON.parse(readFileSync(path.join(root, ".state/claims/network-7/5174.json"), "utf8")) as object;
    expect(claim).toMatchObject({ session: "s1", port: 5174 });
  });

  test.each([
    ["that it claims", sampleApp({ name: "api", port: 5050 })],
    ["it has none of", sampleApp({ name: "api", port: null })],
    ["of no app", undefined],
  ])("a port %s changes nothing", async (_, answering) => {
    const { system, root } = sessionRoom();
    const lock = lockOf({ ports: [5050], apps: [app("api", [], { ports: [5050] })] });
    await recordPort(system, lock, answering);
    expect([lock.updates, existsSync(path.join(root, ".state"))]).toEqual([[], false]);
  });
});
