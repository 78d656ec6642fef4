import type { Answer, Request } from "../model/protocol.ts";
import type { HistoryQuery } from "../logs/history.ts";
import type { LogRecord } from "../logs/record.ts";
import type { LineQuery } from "../model/page.ts";
import type { Stamped } from "../model/events.ts";

/** What the screen can do to its session, and learn of it. It never knows whether the session runs in this process. */
export interface SessionAccess {
  /** null: the session did not answer in time. */
  ask<R extends Request>(request: R, timeoutMs: number): Promise<Answer<R["op"]> | null>;
  /** Lines of the history that are in the files when it is called, and the number of the last one by app. */
  history(query: Omit<HistoryQuery, "filtered" | "inOrder">): Promise<PastLines>;
  /**
   * The newest lines of the whole history that match: what takes long, on a thread of its own. `before`: only lines with a
   * smaller number. A string: why nothing is known.
   */
  search(search: Search, unwanted: AbortSignal): Promise<readonly LogRecord[] | string>;
  /** The session's events that are kept, newest first. */
  events(): Iterable<Stamped>;
  /** Opens an address in the user's browser; false: there is nothing to open it with. */
  browse(url: string): Promise<boolean>;
  /** A regular expression of the user's, with a limit to its time. */
  pattern(expression: RegExp): { test(line: string): boolean };
  /** `q`: ends the session, or leaves it. */
  quit(): void;
  /** `d`. `toBackground` gives the terminal to the shell that waits for this process; false: none does. */
  detach(toBackground: () => Promise<boolean>): void;
  /** After `d` the terminal is this process's again (`fg`). */
  returned(): void;
}

export type Search = Pick<LineQuery, "apps" | "find" | "limit"> & { before: number };

export interface PastLines {
  /** Oldest first. */
  records: readonly LogRecord[];
  last: ReadonlyMap<string, number>;
  /** The search was ended before it had seen everything. */
  cut: boolean;
}
