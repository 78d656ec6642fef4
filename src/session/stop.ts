import { press } from "../teardown/ladder.ts";
import type { StopReason } from "../model/events.ts";

/** The request to stop, from signals, `devpm down` or a failure: any number of times; carried out once. */
export interface Stop {
  request(reason: StopReason): void;
  /** `devpm down --force`, or another Ctrl+C: the second skips the grace, the third leaves the rest to the sentinel. */
  insist(): void;
  readonly reason: StopReason | null;
  /** Aborted by the first request: ends every wait of the startup. */
  readonly signal: AbortSignal;
  /** Aborted when the grace period is to be skipped. */
  readonly now: AbortSignal;
  /** Aborted when the user wants the prompt back immediately. */
  readonly leave: AbortSignal;
}

export function createStop(): Stop {
  const requested = new AbortController();
  const now = new AbortController();
  const leave = new AbortController();
  let reason: StopReason | null = null;
  return {
    request(why) {
      reason ??= why;
      requested.abort();
    },
    insist() {
      if (now.signal.aborted) leave.abort();
      now.abort();
    },
    get reason() {
      return reason;
    },
    signal: requested.signal,
    now: now.signal,
    leave: leave.signal,
  };
}

/** A signal, and what stands for it where it was no signal: a key. */
export type OnSignal = (signal: NodeJS.Signals, reason?: StopReason) => void;

/** Folds the signals of a terminal into requests. Pure except for the injected clock. */
export function onSignal(stop: Stop, monotonic: () => number): OnSignal {
  const taken: number[] = [];
  return (signal, reason = reasonOf(signal)) => {
    const at = monotonic();
    const meant = press(taken, at);
    if (meant === "ignore") return;
    taken.push(at);
    if (meant === "begin") stop.request(reason);
    else stop.insist();
  };
}

function reasonOf(signal: NodeJS.Signals): StopReason {
  if (signal === "SIGINT") return "ctrl-c";
  return signal === "SIGHUP" ? "terminal-closed" : "sigterm";
}

/** The exit code of a session that a signal ended: 128 + n. */
export function exitCodeOf(reason: StopReason): number {
  switch (reason) {
    case "ctrl-c":
    case "quit":
      return 130;
    case "sigterm":
      return 143;
    case "terminal-closed":
      return 129;
    case "down":
    case "detach":
    case "idle":
      return 0;
    case "crash":
      return 70;
    case "failed":
    case "guardian-lost":
    case "output-lost":
      return 1;
  }
}
