import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Receipt, Stamped } from "./events.ts";
import type { Status } from "./status.ts";

/**
 * What is spoken on the engine's socket: one JSON object a line, each way. A connection begins with `hello`, whose answer
 * proves that the session is behind it, and `prove`, which proves that the client may read the session's file. Then each
 * request is answered by one `Answer`, but for `events`: `{ ok: true }`, then stamped events until either side closes.
 * With `logs`, the engine flushes its log files before it says ok, so that a line is in the files or in the stream, and its
 * `n` tells which come twice. A frame that is none of these gets one answer that says why, and does nothing.
 */
export type Frame =
  | { op: "hello"; protocol: number; devpm: string; nonce: string }
  /** No answer. */
  | { op: "prove"; proof: string }
  | Request
  | Report;

export type Request =
  | { op: "status" }
  | { op: "events"; logs: boolean }
  | { op: "down"; force: boolean }
  | { op: "restart"; apps: string[] }
  /** Apps, tasks and groups, with what they need; and apps and tasks without it. */
  | { op: "start"; names: string[] }
  | { op: "stop"; names: string[] }
  | { op: "wait"; apps: string[]; for: "ready" | "reload"; timeoutMs: number };

/**
 * Sent by the supervisor of a preforked Python app about itself: `app` is $DEVPM_APP, `session` is $DEVPM_SESSION. No answer, and no
 * hello before it: the engine started it, so it is of the same devpm.
 */
export interface Report {
  op: "report";
  app: string;
  session: string;
  report: WarmReport;
}

/** Counts up with each change that the other side of an older or a newer devpm would not understand. */
export const PROTOCOL = 1;

/** The answer to `hello`. These keys stay what they are in every protocol, so that any two can name each other. */
export type Welcome =
  | { ok: true; protocol: number; devpm: string; nonce: string; proof: string }
  | { ok: false; protocol?: number; devpm?: string; error: string };

export type Answer =
  | { ok: true; status: Status }
  | { ok: true; receipt: Receipt }
  | { ok: true; stopped: Stopped }
  | { ok: true }
  /** `diagnostics`: why, where it can be said in full. */
  | { ok: false; error: string; diagnostics?: Diagnostic[] };

/** What `devpm stop` did. */
export type Stopped = Pick<Receipt, "ended" | "leftovers" | "portsFree" | "ms">;

/** `log.missed`: this reader was slower than the apps; so many lines it will not get. They are in the log files. */
export type Streamed = Stamped | { event: "log.missed"; at: string; lines: number };

/** What a warm python tells (src/reload/prefork). Times are wall-clock milliseconds. */
export type WarmReport =
  /** Its first worker serves, or one that came after a crash; `ms` since it was forked. */
  | { what: "ready"; pid: number; port: number | null; ms: number }
  | { what: "reloading"; file: string; savedAt: number }
  | {
      what: "reloaded";
      file: string;
      savedAt: number;
      noticedAt: number;
      forkedAt: number;
      importedAt: number;
      answeringAt: number;
      pid: number;
      /** Forked with its libraries loaded; false: from a python that had to import them. */
      warm: boolean;
      /** Of this session's totals, this one included. */
      p50: number;
      p95: number;
      /** The import that took the most longer than before, where the total passed twice the median. */
      grown?: { module: string; ms: number };
    }
  | {
      what: "crashed";
      file: string | null;
      savedAt: number | null;
      excerpt: string[];
      during: "import" | "run";
      exitCode: number | null;
      /** What ended it, where a signal did. */
      signal: string | null;
    }
  /** A change that a fork does not pick up ("requirements.txt changed"): the app goes on until it is started anew. */
  | { what: "cold"; reason: string }
  /** It cannot be kept warm, as has turned out ("it replaces itself with another program"): PM2's watch is to restart it. */
  | { what: "unfit"; reason: string }
  /** The libraries it has learned of are loaded: the next reload forks them along. */
  | { what: "preloaded"; modules: number; ms: number }
  | { what: "notice"; text: string };
