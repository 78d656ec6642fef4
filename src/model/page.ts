import type { Fault } from "./fault.ts";
import type { LogEvent } from "./log-batch.ts";
import type { SessionEvent, Stamped } from "./events.ts";
import type { Streamed } from "./protocol.ts";
import type { ReportedState, Status } from "./status.ts";
import type { TracedRequest } from "./traced-request.ts";

/** The nouns that the engine's page server and the page in the browser (web/) both use. */

/** The first message of the page's event stream, on each connection: everything before it is in it. */
export interface PageSnapshot {
  event: "page.snapshot";
  at: string;
  status: Status;
  /** What is broken now, newest first. */
  errors: readonly Fault[];
  /** By app and task: the apps, services and tasks that it depends on. */
  needs: Readonly<Record<string, readonly string[]>>;
  /** The editor that links open by default: a key of `EDITORS`. */
  editor: string;
}

/** What the page's event stream sends. */
export type PageMessage = PageSnapshot | Streamed;

/** One line of the history. */
export type PageLine = Omit<LogEvent, "event" | "n"> & {
  n: number;
  /** Where what was searched for is not in the beginning that a row shows: the part around it. */
  around?: Excerpt;
};

/** A part of a line, without its colours. */
export interface Excerpt {
  /** Characters before and after it. */
  before: number;
  text: string;
  after: number;
}

/** Characters of a line in a row of the page: laying out a hundred long ones would hold it up. Copies have more. */
export const LONGEST_ROW = 2_000;

/** Which lines of the history the page asks for; they are answered oldest first. */
export interface LineQuery {
  /** Apps, tasks; empty: all. */
  apps: string[];
  /** Only lines with a smaller number; null: the newest. */
  before: number | null;
  /** Only lines with a larger number: the oldest of them. Excludes `before`. */
  after: number | null;
  limit: number;
  /** ISO 8601, inclusive; null: no bound. */
  since: string | null;
  until: string | null;
  /** A text, in any case, or a pattern; "": everything. */
  find: string | RegExp;
  /** This level and more severe ones; null: every level. */
  level: "error" | "warn" | "info" | null;
}

export interface LinesAnswer {
  lines: PageLine[];
  /** There is nothing more in the direction of the query. */
  isEnd: boolean;
}

/** Requests to the apps, oldest first. */
export interface RequestsAnswer {
  requests: TracedRequest[];
  /** The largest number of a line or a request so far: what is newer is asked for with `after`. */
  last: number;
}

/** A save, as the session's log has it. */
export type PageSave = Stamped<Extract<SessionEvent, { event: "app.reloaded" }>>;

/** A session of this user, for the switcher. */
export interface ListedSession {
  id: string;
  project: string;
  root: string;
  startedAt: string;
  state: ReportedState | "dead";
  /** Its git branch, where it has one. */
  branch: string | null;
  ports: number[];
  apps: { name: string; state: string; url: string | null }[];
  /** The session that serves this page. */
  isThis: boolean;
}

/** A variable of an app, as it was last started. */
export interface ShownVariable {
  name: string;
  /** null: it may be a secret, and stays in the engine. */
  value: string | null;
  /** Where it comes from: `.env:3`. */
  from: string;
}

/** What `ask` of the page takes: the same frames as the session's socket. */
export const PAGE_OPERATIONS = ["status", "errors", "restart", "start", "stop", "input"] as const;
