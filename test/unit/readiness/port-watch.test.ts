import { expect, test } from "vitest";
import { createPortWatch, lostPort, type PortState, SETTLED_MS } from "../../../src/readiness/port-watch.ts";
import { releaseMemory } from "../../../src/system/memory.ts";
import type { System } from "../../../src/system/system.ts";

interface Machine {
  /** Who has the listening socket open. */
  holders: Set<number>;
  unaccepted: string[];
  /** Connections that programs of the machine were ever given; null: it does not count them. */
  taken: number | null;
  /** How often the table of connections was read. */
  counts: number;
  stopped: Set<number>;
  reads: number;
  /** How long a look takes. */
  lookMs: number;
  /** Time passes: as long as from one look of the watch to the next. */
  tick(ms?: number): Promise<void>;
}

function machine(): { machine: Machine; system: System; stop: AbortController } {
  let now = 0;
  const sleeping = new Set<{ until: number; wake: () => void }>();
  const self: Machine = {
    holders: new Set([42]),
    unaccepted: [],
    taken: null,
    counts: 0,
    stopped: new Set(),
    reads: 0,
    lookMs: 0,
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
        return new Promise<void>((wake) => {
          sleeping.add({ until: now + ms, wake });
          signal.addEventListener("abort", () => wake());
        });
      },
    },
    ports: {
      holding: (_: number, pids: number[]) => () => {
        self.reads++;
        now += self.lookMs;
        return pids.some((pid) => self.holders.has(pid));
      },
      listening: () => (self.holders.size > 0 ? [{ port: 5173, waiting: 0 }] : []),
      unaccepted: () => (self.counts++, self.unaccepted),
      connectionsTaken: () => self.taken,
    },
    processes: {
      isStopped: (pid: number) => self.stopped.has(pid),
    },
  } as unknown as System;
  return { machine: self, system, stop: new AbortController() };
}

async function watched(
  rig: ReturnType<typeof machine>,
  { pids = () => [42], wasOpen = true }: { pids?: () => number[]; wasOpen?: boolean } = {},
) {
  const states: PortState[] = [];
  const { watch, lookSoon } = createPortWatch(rig.system, rig.stop.signal);
  const end = watch({
    port: 5173,
    wasOpen,
    listeners: pids,
    changed: (state) => states.push(state),
  });
  // its first look, which the next ones follow
  await rig.machine.tick(SETTLED_MS);
  return { states, end, lookSoon };
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
  // the next look is two seconds after one that found all open
  await ticks(rig.machine, 4);
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

test("one that is stopped or gone before the first look is told, and well again", async () => {
  const rig = machine();
  rig.machine.stopped.add(42);
  const { states } = await watched(rig);
  await ticks(rig.machine, 3);
  rig.machine.stopped.clear();
  await ticks(rig.machine, 1);
  expect(states).toEqual(["stopped", "open"]);

  const gone = machine();
  gone.machine.holders.clear();
  const second = await watched(gone, { pids: () => [...gone.machine.holders] });
  await ticks(gone.machine, 3);
  expect(second.states).toEqual(["closed"]);
  gone.machine.holders.add(43);
  await ticks(gone.machine, 1);
  expect(second.states).toEqual(["closed", "open"]);
  // whoever listens now is known from then on
  gone.machine.stopped.add(43);
  await ticks(gone.machine, 5);
  expect(second.states).toEqual(["closed", "open", "stopped"]);
});

test("what was not seen to listen is not closed: it may be ready by a line before; what listens then is watched", async () => {
  const rig = machine();
  rig.machine.holders.clear();
  const { states } = await watched(rig, { pids: () => [...rig.machine.holders], wasOpen: false });
  await ticks(rig.machine, 5);
  rig.machine.holders.add(42);
  await ticks(rig.machine, 1);
  expect(states).toEqual([]);
  rig.machine.stopped.add(42);
  await ticks(rig.machine, 5);
  expect(states).toEqual(["stopped"]);
});

test("a listener that is gone is looked for again: another of the app's is as good, a stranger is not", async () => {
  const rig = machine();
  let pids = [42];
  const { states } = await watched(rig, { pids: () => pids });
  rig.machine.holders = new Set([43]);
  pids = [43];
  await ticks(rig.machine, 4);
  expect(states).toEqual([]);
  rig.machine.holders = new Set([99]);
  pids = [];
  await ticks(rig.machine, 5);
  expect(states).toEqual(["closed"]);
});

test("nothing is read at once: what has just become ready is about to answer, and at a save it is so again", async () => {
  const rig = machine();
  let looks = 0;
  const { watch } = createPortWatch(rig.system, rig.stop.signal);
  const begin = (): (() => void) => {
    const end = watch({ port: 5173, wasOpen: true, listeners: () => (looks++, [42]), changed: () => {} });
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

/** Time passes by seconds; returns after which of them the port was looked at. */
async function looksWithin(rig: Machine, seconds: number): Promise<number[]> {
  const looked: number[] = [];
  for (let second = 1; second <= seconds; second++) {
    const { reads } = rig;
    await rig.tick();
    if (rig.reads > reads) looked.push(second);
  }
  return looked;
}

test("each pause is longer than the one before, up to sixteen seconds, until something is wrong or another port is watched", async () => {
  const rig = machine();
  const { watch } = createPortWatch(rig.system, rig.stop.signal);
  const states: PortState[] = [];
  watch({ port: 5173, wasOpen: true, listeners: () => [42], changed: (state) => states.push(state) });
  await rig.machine.tick(SETTLED_MS);
  expect(await looksWithin(rig.machine, 47)).toEqual([1, 3, 7, 15, 31, 47]);
  rig.machine.holders.clear();
  expect(await looksWithin(rig.machine, 18)).toEqual([16, 17, 18]);
  expect(states).toEqual(["closed"]);
  rig.machine.holders.add(42);
  expect(await looksWithin(rig.machine, 12)).toEqual([1, 3, 7]);
  expect(states).toEqual(["closed", "open"]);
  watch({ port: 5174, wasOpen: true, listeners: () => [42], changed: () => {} });
  await rig.machine.tick(SETTLED_MS);
  expect(await looksWithin(rig.machine, 8)).toEqual([1, 3, 7]);
  rig.stop.abort();
  expect(await looksWithin(rig.machine, 20)).toEqual([]);
});

test("a second after something has happened it looks, however much happens", async () => {
  const rig = machine();
  const { lookSoon } = await watched(rig);
  await ticks(rig.machine, 25);
  lookSoon();
  lookSoon();
  expect(await looksWithin(rig.machine, 8)).toEqual([1, 3, 7]);
  for (let second = 1; second <= 5; second++) {
    lookSoon();
    expect(await looksWithin(rig.machine, 1)).toEqual([1]);
  }
});

test("looks that take long are as rare as they have to be, whatever happens", async () => {
  const rig = machine();
  rig.machine.lookMs = 30;
  const { lookSoon } = await watched(rig);
  lookSoon();
  expect(await looksWithin(rig.machine, 4)).toEqual([3]);
  lookSoon();
  expect(await looksWithin(rig.machine, 3)).toEqual([2]);
});

test("something that happens while nothing is watched is nothing", async () => {
  const rig = machine();
  const { end, lookSoon } = await watched(rig);
  end();
  await ticks(rig.machine, 1);
  lookSoon();
  expect(await looksWithin(rig.machine, 12)).toEqual([]);
});

test("connections are counted where one has come since none waited, and while one does", async () => {
  const rig = machine();
  rig.machine.taken = 7;
  const { states, lookSoon } = await watched(rig);
  const pass = async (seconds: number): Promise<number> => {
    const { counts } = rig.machine;
    for (let second = 0; second < seconds; second++) {
      lookSoon();
      await rig.machine.tick();
    }
    return rig.machine.counts - counts;
  };
  // the first count finds out what there is
  expect(await pass(10)).toBe(1);
  expect(await pass(60)).toBe(0);
  rig.machine.taken++;
  expect(await pass(60)).toBe(1);
  rig.machine.taken++;
  rig.machine.unaccepted = ["a"];
  expect(await pass(1)).toBe(1);
  expect(states).toEqual([]);
  // it has waited for ten seconds, and three looks in a row say so
  expect(await pass(11)).toBe(11);
  expect(states).toEqual([]);
  expect(await pass(1)).toBe(1);
  expect(states).toEqual(["hung"]);
});

test("of a port that is no longer watched nothing is kept", async () => {
  const rig = machine();
  const { watch } = createPortWatch(rig.system, rig.stop.signal);
  const seen: WeakRef<() => number[]>[] = [];
  for (let save = 0; save < 20; save++) {
    const listeners = (): number[] => [42];
    seen.push(new WeakRef(listeners));
    const end = watch({ port: 5173, wasOpen: true, listeners, changed: () => {} });
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
