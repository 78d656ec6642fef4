import { setTimeout as delay } from "node:timers/promises";
import { LONGEST_MS } from "../model/limits.ts";

/** Time as the rooms see it; injected so that pure code and tests own it. */
export interface Clock {
  /** Wall clock, for people and files. */
  now(): Date;
  /** Milliseconds that never jump: for every duration and deadline. */
  monotonic(): number;
  /** Milliseconds that this process has computed for: stands still while other programs have the machine. */
  cpu(): number;
  /** Resolves after `ms`, or at once when `signal` aborts: an aborted wait is not an error. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** What `work` resolves with, or null where it takes longer than `ms` or `signal` aborts first. Nothing is left waiting. */
  within<T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | null>;
}

/** node's timers would take what is longer for 1 ms. */
const sleep: Clock["sleep"] = (ms, signal) =>
  delay(Math.min(ms, LONGEST_MS), undefined, signal ? { signal } : {}).catch(() => {});

export const clock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  sleep,
  async within(work, ms, signal) {
    const over = new AbortController();
    const until = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    try {
      return await Promise.race([work, sleep(ms, until).then(() => null)]);
    } finally {
      over.abort();
    }
  },
};
