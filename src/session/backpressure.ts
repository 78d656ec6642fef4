import type { LogBatch } from "../model/log-batch.ts";
import type { Streamed } from "../model/protocol.ts";
import { MOST_UNREAD_LOGS, PATIENCE_MS } from "../model/limits.ts";
import type { Clock } from "../system/clock.ts";
import type { Listener, Subscription } from "./stream.ts";

/** What shows a session's events, to a person or a program. */
export interface Show {
  event(event: Streamed): void;
  /** Many lines of a log. */
  lines(batch: LogBatch): void;
}

/** Where a reader's text goes: a terminal, a pipe, a line to another process. */
export interface OutputSink {
  /** Bytes that it has not taken yet. */
  readonly waiting: number;
  /** Everything written so far has been taken, or never will be. */
  flushed(): Promise<void>;
}

/**
 * A reader that may be slower than the apps. They wait for one that reads, as a program waits for the reader of its pipe;
 * they do not wait for one that stopped reading (`| sleep`, a stopped terminal): it misses lines, and learns how many.
 */
export function withBackpressure(
  show: Show,
  sink: OutputSink,
  clock: Pick<Clock, "now" | "within">,
): { listener: Listener; options: Subscription } {
  let patience: Promise<void> | null = null;
  let skipping = false;
  let missed = 0;

  const skip = (): void => {
    skipping = true;
    void sink.flushed().then(() => {
      skipping = false;
      if (missed > 0) show.event({ event: "log.missed", at: clock.now().toISOString(), lines: missed });
      missed = 0;
    });
  };

  return {
    listener(event) {
      if (skipping && event.event === "log") missed++;
      else show.event(event);
    },
    options: {
      lines(batch) {
        if (skipping) missed += batch.count;
        else show.lines(batch);
      },
      room() {
        if (skipping || sink.waiting <= MOST_UNREAD_LOGS) return null;
        patience ??= clock.within(sink.flushed(), PATIENCE_MS).then((inTime) => {
          patience = null;
          if (inTime === null) skip();
        });
        return patience;
      },
    },
  };
}
