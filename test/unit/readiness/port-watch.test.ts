import { expect, test } from "vitest";
import { createPortWatch, lostPort, type PortState, SETTLED_MS } from "../../../src/readiness/port-watch.ts";
import { releaseMemory } from "../../../src/system/memory.ts";
import type { System } from "../../../src/system/system.ts";

interface Machine {
  /** Who has the listening socket open. */
  holders: Set<number>;
  unaccepted: string[];
  stopped: Set<number>;
  reads: number;
  /** From the last look to the next. */
  restMs: number;
  /** Time passes: as long as from one look of the watch to the next. */
  tick(ms?: number): Promise<void>;
}

function machine(): { machine: Machine; system: System; stop: AbortController } {
  let now = 0;
  const sleeping = new Set<{ until: number; wake: () => void }>();
  const self: Machine = {
    holders: new Set([42]),
    unaccepted: [],
    stopped: new Set(),
    reads: 0,
    restMs: 0,
    async tick(ms = 1_000) {
      now += ms;
      for (const one of [...sleeping].filter(({ until }) => until <= now)) {
        sleeping.delete(one);
        one.wake();
      }
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const system = {
    environment: { platform: "linux" },
    clock: {
      monotonic: () => now,
      sleep(ms: number, signal: AbortSignal) {
        if (ms > SETTLED_MS) self.restMs = ms;
        return new Promise<void>((wake) => {
          sleeping.add({ until: now + ms, wake });
          signal.addEventListener("abort", () => wake());
        });
      },
    },
    ports: {
      holding: (_: number, pids: number[]) => () => {
        self.reads++;
        return pids.some((pid) => self.holders.has(pid));
      },
      listening: () => (self.holders.size > 0 ? [{ port: 5173, waiting: 0 }] : []),
      unaccepted: () => self.unaccepted,
    },
    processes: {
      isStopped: (pid: number) => self.stopped.has(pid),
    },
  } as unknown as System;
  return { machine: self, system, stop: new AbortController() };
}

async function watched(rig: ReturnType<typeof machine>, pids: () => number[] = () => [42]) {
  const states: PortState[] = [];
  const end = createPortWatch(
    rig.system,
    rig.stop.signal,
  )({
    port: 5173,
    listeners: pids,
    changed: (state) => states.push(state),
  });
  // its first look, which the next ones follow
  await rig.machine.tick(SETTLED_MS);
  return { states, end };
}

const ticks = async (rig: Machine, count: number): Promise<void> => {
  for (let at = 0; at < count; at++) await rig.tick();
};

test("closed is what three looks in a row say; one blink is nothing, and what comes back is open", async () => {
  const rig = machine();
  const { states } = await watched(rig);
  rig.machine.holders.clear();
  await ticks(rig.machine, 2);
  rig.machine.holders.add(42);
  await ticks(rig.machine, 1);
  expect(states).toEqual([]);
  rig.machine.holders.clear();
  await ticks(rig.machine, 3);
  expect(states).toEqual(["closed"]);
  rig.machine.holders.add(42);
  await ticks(rig.machine, 1);
  expect(states).toEqual(["closed", "open"]);
});

test("a stopped listener, and a connection that waits too long", async () => {
  const rig = machine();
  const { states } = await watched(rig);
  rig.machine.stopped.add(42);
  await ticks(rig.machine, 3);
  rig.machine.stopped.clear();
  await ticks(rig.machine, 1);
  expect(states).toEqual(["stopped", "open"]);
  rig.machine.unaccepted = ["a"];
  await ticks(rig.machine, 16);
  // another one: the first was accepted
  rig.machine.unaccepted = ["b"];
  await ticks(rig.machine, 8);
  expect(states).toEqual(["stopped", "open"]);
  await ticks(rig.machine, 6);
  expect(states).toEqual(["stopped", "open", "hung"]);
});

test("a listener that is gone is looked for again: another of the app's is as good, a stranger is not", async () => {
  const rig = machine();
  let pids = [42];
  const { states } = await watched(rig, () => pids);
  rig.machine.holders = new Set([43]);
  pids = [43];
  await ticks(rig.machine, 4);
  expect(states).toEqual([]);
  rig.machine.holders = new Set([99]);
  pids = [];
  await ticks(rig.machine, 4);
  expect(states).toEqual(["closed"]);
});

test("nothing is read at once: what has just become ready is about to answer, and at a save it is so again", async () => {
  const rig = machine();
  let looks = 0;
  const watch = createPortWatch(rig.system, rig.stop.signal);
  const begin = (): (() => void) => {
    const end = watch({ port: 5173, listeners: () => (looks++, [42]), changed: () => {} });
    expect(looks).toBe(0);
    return end;
  };
  for (let save = 0; save < 20; save++) {
    const end = begin();
    await rig.machine.tick(SETTLED_MS - 1);
    end();
  }
  begin();
  await rig.machine.tick(SETTLED_MS);
  expect(looks).toBe(1);
});

test("after a calm minute it looks more rarely, until something changes or another port is watched", async () => {
  const rig = machine();
  const watch = createPortWatch(rig.system, rig.stop.signal);
  const states: PortState[] = [];
  watch({ port: 5173, listeners: () => [42], changed: (state) => states.push(state) });
  await rig.machine.tick(SETTLED_MS);
  await ticks(rig.machine, 30);
  expect(rig.machine.restMs).toBe(1_000);
  await ticks(rig.machine, 30);
  expect(rig.machine.restMs).toBe(10_000);
  rig.machine.holders.clear();
  await rig.machine.tick(10_000);
  expect(rig.machine.restMs).toBe(1_000);
  await ticks(rig.machine, 2);
  expect(states).toEqual(["closed"]);
  rig.machine.holders.add(42);
  await ticks(rig.machine, 61);
  expect(rig.machine.restMs).toBe(10_000);
  watch({ port: 5174, listeners: () => [42], changed: () => {} });
  await rig.machine.tick(SETTLED_MS);
  expect(rig.machine.restMs).toBe(1_000);
  const { reads } = rig.machine;
  rig.stop.abort();
  await ticks(rig.machine, 20);
  expect(rig.machine.reads).toBe(reads);
});

test("of a port that is no longer watched nothing is kept", async () => {
  const rig = machine();
  const watch = createPortWatch(rig.system, rig.stop.signal);
  const seen: WeakRef<() => number[]>[] = [];
  for (let save = 0; save < 20; save++) {
    const listeners = (): number[] => [42];
    seen.push(new WeakRef(listeners));
    const end = watch({ port: 5173, listeners, changed: () => {} });
    await rig.machine.tick(SETTLED_MS);
    end();
    await ticks(rig.machine, 2);
  }
  releaseMemory();
  // which of the last ones the stack still holds is V8's own affair; a leak keeps all
  expect(seen.filter((one) => one.deref() !== undefined).length).toBeLessThan(12);
});

test("nothing is read while nothing is watched", async () => {
  const rig = machine();
  const { end } = await watched(rig);
  await ticks(rig.machine, 2);
  end();
  await ticks(rig.machine, 1);
  const { reads } = rig.machine;
  await ticks(rig.machine, 3);
  expect(rig.machine.reads).toBe(reads);
});

test.each(["closed", "stopped", "hung"] as const)("%s is a sentence with the port", (state) => {
  expect(lostPort(state, 5173)).toContain("port 5173");
});
