import { eventsOf, type LogBatch } from "../model/log-batch.ts";
import type { Streamed } from "../model/protocol.ts";
import type { Show } from "../session/paced.ts";

/** What stands between a session's events and the screen: open, or held while the screen shows something else. */
export interface Gate extends Show {
  /** Lines are only counted: the history has them. Everything else waits. false: not while the history is read. */
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
}

type Waiting = { event: Streamed } | { batch: LogBatch };

export function createGate(show: Show): Gate {
  let state: "open" | "held" | "catching up" = "open";
  let waiting: Waiting[] = [];
  let newest = -1;
  let passed = -1;
  let held = 0;
  const close = (next: "held" | "catching up"): void => {
    if (state === "open") passed = newest;
    state = next;
  };
  return {
    event(event) {
      if (event.event === "log") newest = Math.max(newest, event.n ?? -1);
      if (state === "open") show.event(event);
      else if (state === "held" && event.event === "log") held++;
      else waiting.push({ event });
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
      state = "open";
      const isNew = (app: string, n: number): boolean => n > (read.get(app) ?? -1);
      for (const one of all) {
        if ("batch" in one) {
          const { batch } = one;
          if (isNew(batch.app, batch.n)) show.lines(batch);
          else for (const event of eventsOf(batch)) if (isNew(event.app, event.n ?? -1)) show.event(event);
        } else if (one.event.event !== "log" || isNew(one.event.app, one.event.n ?? Infinity)) show.event(one.event);
      }
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
  };
}
