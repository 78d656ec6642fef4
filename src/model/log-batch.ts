import type { SessionEvent, Stamped } from "./events.ts";

/**
 * Lines that one stream of an app printed together, of printable ASCII and tabs: nearly all output. They stay one text on
 * their way to the history and the terminal, because an event for each takes several times as long as everything else.
 */
export interface LogBatch {
  app: string;
  stream: "out" | "err";
  /** ISO 8601 with milliseconds. */
  at: string;
  /** The number of its first line; the others follow. */
  n: number;
  /** The lines, with an LF between two. */
  text: string;
  count: number;
  /** It has characters that JSON escapes, beside the LFs: quotes, backslashes, tabs. */
  escapes: boolean;
}

export type LogEvent = Stamped<Extract<SessionEvent, { event: "log" }>>;

export const linesOf = ({ text }: Pick<LogBatch, "text">): string[] => text.split("\n");

export const lastLineOf = ({ text }: Pick<LogBatch, "text">): string => text.slice(text.lastIndexOf("\n") + 1);

/** The same as events, for readers that take one line at a time. */
export const eventsOf = (batch: LogBatch): LogEvent[] =>
  linesOf(batch).map((line, index) => ({
    event: "log",
    at: batch.at,
    app: batch.app,
    stream: batch.stream,
    line,
    n: batch.n + index,
  }));
