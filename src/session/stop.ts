import type { StopReason } from "./events.ts";

/** How hard a stop was asked for: a second press skips the grace, a third leaves the rest to the sentinel. */
export type Insistence = "asked" | "now" | "leave";

/** The request to stop: made by signals, `devpm down` or a failure, any number of times; carried out once. */
export interface Stop {
  request(reason: StopReason): void;
  /** `devpm down --force`, or the next press of Ctrl+C. */
  insist(): void;
  readonly reason: StopReason | null;
  /** Aborted with the first request: ends every wait of the start-up. */
  readonly signal: AbortSignal;
  /** Aborted when grace is to be skipped. */
  readonly now: AbortSignal;
  /** Aborted when the prompt is wanted back at once. */
  readonly leave: AbortSignal;
}

export function createStop(): Stop {
  const asked = new AbortController();
  const now = new AbortController();
  const leave = new AbortController();
  let reason: StopReason | null = null;
  return {
    request(why) {
      reason ??= why;
      asked.abort();
    },
    insist() {
      if (now.signal.aborted) leave.abort();
      now.abort();
    },
    get reason() {
      return reason;
    },
    signal: asked.signal,
    now: now.signal,
    leave: leave.signal,
  };
}

/** Presses closer together are one: package managers deliver a Ctrl+C twice (yarn 1 adds a SIGHUP 9 ms later). */
export const ONE_PRESS_MS = 400;

/** Folds the signals of a terminal into requests. Pure but for the clock that is handed in. */
export function onSignal(stop: Stop, monotonic: () => number): (signal: NodeJS.Signals) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (signal) => {
    const at = monotonic();
    if (stop.reason === null) stop.request(reasonOf(signal));
    else if (at - last >= ONE_PRESS_MS) stop.insist();
    else return;
    last = at;
  };
}

function reasonOf(signal: NodeJS.Signals): StopReason {
  if (signal === "SIGINT") return "ctrl-c";
  return signal === "SIGHUP" ? "terminal-closed" : "sigterm";
}

/** 128 + n for a session that a signal ended. */
export function exitCodeOf(reason: StopReason): number {
  switch (reason) {
    case "ctrl-c":
      return 130;
    case "sigterm":
      return 143;
    case "terminal-closed":
      return 129;
    case "down":
      return 0;
    case "crash":
      return 70;
    case "failed":
    case "guardian-lost":
      return 1;
  }
}
