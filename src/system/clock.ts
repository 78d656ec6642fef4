import { setTimeout as delay } from "node:timers/promises";

/** Time as the rooms see it; injected so that pure code and tests own it. */
export interface Clock {
  /** Wall clock, for people and files. */
  now(): Date;
  /** Milliseconds that never jump: for every duration and deadline. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts: an aborted wait is not an error. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const clock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => {}),
};
