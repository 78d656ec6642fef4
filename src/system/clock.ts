import { readFileSync } from "node:fs";
import { LONGEST_MS } from "../model/limits.ts";
import { afterReading } from "./reading.ts";
import { monotonic } from "./monotonic.ts";

/** Time as the stages see it; injected, so that tests control it. */
export interface Clock {
  /** Wall clock, for people and files. */
  now(): Date;
  /** Milliseconds that never jump: for every duration and deadline. */
  monotonic(): number;
  /** Milliseconds of CPU time that this process has used: it stands still while other programs run. */
  cpu(): number;
  /** Milliseconds for which this program was ready to run and others had the CPU; 0 where the kernel does not report it. */
  waited(): number;
  /** Resolves after `ms`, or immediately when `signal` aborts: an aborted wait is not an error. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves when all is done that needs no waiting, and what has come meanwhile is read. */
  turn(): Promise<void>;
  /** What `work` resolves with, or null where it takes longer than `ms` or `signal` aborts first. Nothing is left waiting. */
  within<T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | null>;
}

/**
 * Calls `act` once: after `ms`, or when the signal aborts. Returns what lets go of both. Not the timers that are promises: those
 * make an error, with its stack, of each wait that ends early, and so does a controller of one's own; the probes of an app that boots
 * took a tenth of a millisecond longer for it.
 */
function wait(ms: number, signal: AbortSignal | undefined, act: (isAborted: boolean) => void): () => void {
  if (signal?.aborted) {
    setImmediate(act, true);
    return () => {};
  }
  const ended = (isAborted: boolean): void => {
    release();
    act(isAborted);
  };
  const abort = (): void => ended(true);
  // node's timers would treat a longer delay as 1 ms
  const timer = setTimeout(() => ended(false), Math.min(ms, LONGEST_MS));
  const release = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
  signal?.addEventListener("abort", abort);
  return release;
}

const sleep: Clock["sleep"] = (ms, signal) => new Promise((resolve) => void wait(ms, signal, () => resolve()));

/** The second of three numbers, in nanoseconds; of the main thread, which does all the work. */
function waited(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => afterReading(resolve));

export const clock: Clock = {
  now: () => new Date(),
  monotonic,
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  waited,
  sleep,
  turn,
  within: (work, ms, signal) =>
    new Promise((resolve, reject) => {
      const none = (): void => resolve(null);
      const release = wait(ms, signal, (isAborted) => (isAborted ? none() : afterReading(none)));
      work.finally(release).then(resolve, reject);
    }),
};
