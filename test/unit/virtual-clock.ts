import type { Clock } from "../../src/system/clock.ts";
import { abortsWith } from "../../src/util/abort.ts";

export interface VirtualClock extends Clock {
  /** Lets time pass, timer by timer, until the promise settles; fails where nothing is left to wait for. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets this much time pass, and everything that follows from it. */
  pass(ms: number): Promise<void>;
  /** Once something waits for time to pass: what it reads before that is read in real time. */
  untilWaiting(): Promise<void>;
  /** At this moment of the clock, in milliseconds from its start. */
  at(ms: number, what: () => void): void;
}

/** Everything that has been promised and needs no more time. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => void setImmediate(resolve));
};

/** Real time in which files are read. */
const STUCK_MS = 30_000;

const START = Date.UTC(2026, 0, 31, 12);

/** Time that passes only in a test: what takes minutes takes no time, and nothing depends on the machine. */
export function virtualClock(): VirtualClock {
  let now = 0;
  let timers: { due: number; fire: () => void }[] = [];
  const next = (until: number): boolean => {
    const [first] = timers.toSorted((a, b) => a.due - b.due);
    if (!first || first.due > until) return false;
    timers = timers.filter((one) => one !== first);
    now = Math.max(now, first.due);
    first.fire();
    return true;
  };
  const sleep: Clock["sleep"] = (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const abandon = (): void => {
        timers = timers.filter((one) => one !== timer);
        resolve();
      };
      const timer = {
        due: now + ms,
        fire: () => {
          signal?.removeEventListener("abort", abandon);
          resolve();
        },
      };
      timers.push(timer);
      signal?.addEventListener("abort", abandon);
    });
  return {
    now: () => new Date(START + now),
    monotonic: () => now,
    cpu: () => now,
    waited: () => 0,
    sleep,
    turn: () => new Promise((resolve) => void setImmediate(resolve)),
    async within(work, ms, signal) {
      const over = abortsWith(...(signal ? [signal] : []));
      const value = await Promise.race([work, sleep(ms, over.signal).then(() => null)]);
      over.abort();
      return value;
    },
    async untilWaiting() {
      for (const began = Date.now(); timers.length === 0; await settle())
        if (Date.now() > began + STUCK_MS) throw new Error(`nothing waits for time to pass (${now} ms)`);
    },
    at: (ms, what) => void timers.push({ due: ms, fire: what }),
    async run(work) {
      let settled = false;
      const mark = (): void => void (settled = true);
      work.then(mark, mark);
      const began = Date.now();
      for (let turns = 0; turns < 1_000_000; turns++) {
        await settle();
        if (settled) return work;
        // a file is read in real time, in which no time passes here
        if (!next(Infinity) && Date.now() > began + STUCK_MS)
          throw new Error(`it waits for something that no timer brings (${now} ms)`);
      }
      throw new Error(`it is still not done after ${now} ms`);
    },
    async pass(ms) {
      const until = now + ms;
      do await settle();
      while (next(until));
      now = until;
      await settle();
    },
  };
}
