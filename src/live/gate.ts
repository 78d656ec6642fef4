import { eventsOf, type LogBatch } from "../model/log-batch.ts";
import type { Streamed } from "../model/protocol.ts";
import type { Show } from "../session/backpressure.ts";

/** What stands between a session's events and the screen: open, or held while the screen shows something else. */
export interface Gate extends Show {
  /**
   * Lines are only counted: the history has them. Everything else waits, as much of it as has room. false: not while the
   * history is read.
   */
  hold(): boolean;
  /** From now on everything waits, lines too: the history is about to be read. */
  catchUp(): void;
  /** What waited is shown, without the lines that were read; then what comes. By app, the number of the last line read. */
  open(read: ReadonlyMap<string, number>): void;
  /** The number of the newest line that has come. */
  readonly newest: number;
  /** The number of the newest line that was let through: what came since is counted, or waits. */
  readonly passed: number;
  /** Lines that came since `hold`. */
  readonly held: number;
  /** What else came since `hold` and is not kept for `open`: the history has it. */
  readonly forgotten: number;
}

/** What a pause keeps besides lines: more than anybody reads afterwards, and little memory. */
const MOST_WAITING = 1_000;

type Waiting = { event: Streamed } | { batch: LogBatch };

export function createGate(show: Show): Gate {
  let state: "open" | "held" | "catching up" = "open";
  let waiting: Waiting[] = [];
  let newest = -1;
  let passed = -1;
  let held = 0;
  let forgotten = 0;
  const close = (next: "held" | "catching up"): void => {
    if (state === "open") passed = newest;
    state = next;
  };
  return {
    event(event) {
      if (event.event === "log") newest = Math.max(newest, event.n ?? -1);
      if (state === "open") show.event(event);
      else if (state === "held" && event.event === "log") held++;
      else {
        waiting.push({ event });
        if (state === "held" && waiting.length > MOST_WAITING && waiting.shift()) forgotten++;
      }
    },
    lines(batch) {
      newest = Math.max(newest, batch.n + batch.count - 1);
      if (state === "open") show.lines(batch);
      else if (state === "held") held += batch.count;
      else waiting.push({ batch });
    },
    hold() {
      if (state === "open") close("held");
      return state === "held";
    },
    catchUp() {
      close("catching up");
    },
    open(read) {
      const all = waiting;
      waiting = [];
      held = 0;
      forgotten = 0;
      state = "open";
      for (const one of all) showUnread(show, one, read);
    },
    get newest() {
      return newest;
    },
    get passed() {
      return state === "open" ? newest : passed;
    },
    get held() {
      return held;
    },
    get forgotten() {
      return forgotten;
    },
  };
}

/** Without the lines that were read from the history. */
function showUnread(show: Show, one: Waiting, read: ReadonlyMap<string, number>): void {
  const isNew = (app: string, n = Infinity): boolean => n > (read.get(app) ?? -1);
  if ("event" in one) {
    if (one.event.event !== "log" || isNew(one.event.app, one.event.n)) show.event(one.event);
  } else if (isNew(one.batch.app, one.batch.n)) show.lines(one.batch);
  else for (const event of eventsOf(one.batch)) if (isNew(event.app, event.n ?? -1)) show.event(event);
}
