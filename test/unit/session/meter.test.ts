import { expect, test } from "vitest";
import type { SessionRecord } from "../../../src/model/session-record.ts";
import type { Usage } from "../../../src/system/processes/types.ts";
import { createMeter } from "../../../src/session/control/meter.ts";
import type { TeardownSystem } from "../../../src/teardown/deps.ts";

interface Fake {
  app: string;
  ppid: number;
  startTime?: string;
  usage: Usage;
}

const STARTED = new Date("2026-01-01T00:00:00Z");

/** A machine of processes that carry a session's mark, and a clock that only moves by itself while something sleeps. */
function machine(processes: Record<number, Fake>) {
  const state = { now: 10_000, slept: 0, onSleep: (): void => {} };
  const system = {
    environment: { pid: 1 },
    clock: {
      monotonic: () => state.now,
      now: () => new Date(STARTED.getTime() + state.now),
      sleep(ms: number) {
        state.now += ms;
        state.slept += ms;
        state.onSleep();
        return Promise.resolve();
      },
    },
    ports: { holders: () => [] },
    processes: {
      snapshot: () =>
        Object.entries(processes).map(([pid, { ppid, startTime = "1" }]) => ({
          ...{ pid: Number(pid), ppid, pgid: Number(pid), sid: 0, startTime, bootId: "b", state: "S", comm: "x" },
        })),
      carrying: () => Object.keys(processes).map(Number),
      variable: (pid: number) => processes[pid]?.app ?? null,
      executable: () => "/usr/bin/node",
      describe: () => ({ command: "node", startedAt: STARTED }),
      usage: (pid: number) => processes[pid]?.usage ?? null,
    },
  } as unknown as TeardownSystem;
  const record = {
    ...{ id: "s", ports: [], apps: [], strays: [], sentinel: null, shim: null },
    engine: { pid: 2, startTime: "1", bootId: "b" },
    daemon: { pid: 50, startTime: "1", bootId: "b" },
  } as unknown as SessionRecord;
  const meter = createMeter(system);
  return { state, measure: (patient: boolean) => meter(record, patient) };
}

const used = (memoryBytes: number, cpuMs: number): Usage => ({ memoryBytes, cpuMs });

test("an app's processes are summed, wherever they stand in the tree; another app's are not", async () => {
  const { measure } = machine({
    100: { app: "api", ppid: 50, usage: used(10, 0) },
    101: { app: "api", ppid: 100, usage: used(20, 0) },
    // adopted by something else
    102: { app: "api", ppid: 1, usage: used(40, 0) },
    200: { app: "web", ppid: 50, usage: used(5, 0) },
    // PM2's daemon belongs to no app
    50: { app: "", ppid: 1, usage: used(1_000, 0) },
  });
  const found = await measure(true);
  expect(found.get("api")).toEqual({ memoryBytes: 70, cpuPercent: 0 });
  expect(found.get("web")).toEqual({ memoryBytes: 5, cpuPercent: 0 });
  expect([...found.keys()].toSorted()).toEqual(["api", "web"]);
});

test("CPU is that of a moment from now, or since the last sample where that is fit", async () => {
  const processes: Record<number, Fake> = { 100: { app: "api", ppid: 1, usage: used(1, 5_000) } };
  const { state, measure } = machine(processes);
  state.onSleep = () => (processes[100]!.usage = used(1, 5_100));
  expect((await measure(true)).get("api")?.cpuPercent).toBe(50);
  expect(state.slept).toBe(200);

  // a second later: nothing has to be waited for
  state.now += 1_000;
  processes[100]!.usage = used(1, 5_100 + 250);
  // one that is new since then
  processes[101] = { app: "api", ppid: 100, usage: used(1, 500) };
  expect((await measure(true)).get("api")?.cpuPercent).toBe(75);
  expect(state.slept).toBe(200);

  // a sample of long ago says nothing about now
  state.now += 60_000;
  state.onSleep = () => (processes[100]!.usage = used(1, 5_400));
  processes[100]!.usage = used(1, 5_390);
  expect((await measure(true)).get("api")?.cpuPercent).toBe(5);
});

test("a pid that was given to another process begins anew", async () => {
  const processes: Record<number, Fake> = { 100: { app: "api", ppid: 1, usage: used(1, 9_000) } };
  const { state, measure } = machine(processes);
  await measure(true);
  state.now += 1_000;
  processes[100] = { app: "api", ppid: 1, startTime: "2", usage: used(1, 100) };
  expect((await measure(true)).get("api")?.cpuPercent).toBe(10);
});

test("one that may not wait gets the share since the processes began", async () => {
  const { state, measure } = machine({ 100: { app: "api", ppid: 1, usage: used(1, 1_000) } });
  expect((await measure(false)).get("api")?.cpuPercent).toBe(10);
  expect(state.slept).toBe(0);
});
