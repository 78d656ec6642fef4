import type { Clock } from "../system/clock.ts";

/** When something is looked at again: soon after something has happened, then less and less often. */
export interface Rhythm {
  /** Until the next look, after one that took so long: twice as long as the pause before, or the shortest unless all `isWell`. */
  pause(isWell: boolean, tookMs: number): Promise<void>;
  /** Ends the pause. */
  now(): void;
  /** Something has happened: what follows from that is seen the shortest pause later. */
  soon(): void;
}

export interface RhythmOptions {
  shortestMs: number;
  longestMs: number;
  /** No pause lasts longer. */
  stopping: AbortSignal;
}

/** Looks take at most about this share of the time, however long one takes. */
const SHARE = 0.01;
/** On a machine that is busy with other work a look seems long. */
const LONGEST_REST_MS = 5_000;

export function createRhythm(clock: Clock, { shortestMs, longestMs, stopping }: RhythmOptions): Rhythm {
  let last = 0;
  let due = 0;
  /** When the share of the time is kept again. */
  let rested = 0;
  let sleeping = new AbortController();
  stopping.addEventListener("abort", () => sleeping.abort());

  function bringForward(at: number): void {
    if (at >= due) return;
    due = at;
    sleeping.abort();
  }

  return {
    async pause(isWell, tookMs) {
      last = Math.max(isWell ? Math.min(2 * last, longestMs) : 0, shortestMs);
      rested = clock.monotonic() + Math.min(LONGEST_REST_MS, tookMs / SHARE);
      due = Math.max(clock.monotonic() + last, rested);
      // it may be brought forward meanwhile; timers may be a part of a millisecond early
      for (let left = due - clock.monotonic(); left >= 1 && !stopping.aborted; left = due - clock.monotonic()) {
        sleeping = new AbortController();
        await clock.sleep(left, sleeping.signal);
      }
    },
    now() {
      last = 0;
      bringForward(clock.monotonic());
    },
    soon() {
      // at each line of an app that prints much
      if (last <= shortestMs) return;
      const at = Math.max(clock.monotonic() + shortestMs, rested);
      if (at < due) last = shortestMs;
      bringForward(at);
    },
  };
}
