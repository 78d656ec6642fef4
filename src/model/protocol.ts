import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Receipt, Stamped } from "./events.ts";
import type { Fault } from "./fault.ts";
import type { Evaluated, Input, Prompt, PromptKey } from "./prompt.ts";
import type { Status } from "./status.ts";
import type { AnsweredRequest } from "./traced-request.ts";

/**
 * The protocol of the engine's socket: one JSON object a line, each way. A connection begins with `hello`, whose answer
 * proves that the session is behind it, and `prove`, which proves that the client may read the session's file. Then each
 * request is answered by one `Answer`; after that of `events` come stamped events, until either side closes.
 * With `logs`, the engine flushes its log files before it answers, so that a line is in the files or in the stream, and
 * its `n` identifies duplicates. Any other frame gets one answer with the reason, and has no effect.
 */
export type Frame =
  | { op: "hello"; protocol: number; devpm: string; nonce: string }
  /** No answer. */
  | { op: "prove"; proof: string }
  | Request
  | Report;

export type Request =
  /** `bare`: without memory and CPU, whose measurement takes up to some 200 ms. */
  | { op: "status"; bare?: boolean }
  | { op: "errors" }
  /** From a second `devpm dev`: answered once the session knows its configuration as it is now. */
  | { op: "join" }
  /** `outputs`: files that this client prints them into; `printer`: its process, whose output other programs may write into files. */
  | { op: "events"; logs: boolean; outputs?: string[]; printer?: number }
  | { op: "down"; force: boolean }
  | { op: "restart"; apps: string[] }
  /** Apps, tasks and groups, with their dependencies; and apps and tasks without them. */
  | { op: "start"; names: string[] }
  | { op: "stop"; names: string[] }
  /**
   * Somebody looks at the prompts of this app, or of all (null), for as long as this connection is open. `terminal`: the file of the
   * one that shows a footer, and has its cursor back then, however that ended.
   */
  | { op: "attend"; app: string | null; terminal?: string }
  /** To its program that waits at a prompt: a line without its end, or a key (`text` is empty then). */
  | { op: "input"; app: string; what: "line" | PromptKey; text: string }
  /** A line, answered with what the program prints until it waits again. */
  | { op: "evaluate"; app: string; text: string; timeoutMs: number }
  /** Serves the page of the session, where it is not served yet. */
  | { op: "ui" }
  /** `file`: absolute; with `reload`, only its save counts. `ready`: or until it is known why one will not be. */
  | { op: "wait"; apps: string[]; for: "ready" | "reload"; timeoutMs: number; file?: string };

/**
 * Sent by the supervisor of a preforked Python app about itself: `app` is $DEVPM_APP, `session` is $DEVPM_SESSION. It
 * gets no answer and needs no `hello`: the engine started it, so it is from the same devpm.
 */
export interface Report {
  op: "report";
  app: string;
  session: string;
  report: WarmReport;
}

/** Incremented with each change that an older or newer devpm on the other side would not understand. */
export const PROTOCOL = 5;

/** The answer to `hello`. These keys are the same in every version, so that any two can identify each other. */
export type Welcome =
  | { ok: true; protocol: number; devpm: string; nonce: string; proof: string }
  | { ok: false; protocol?: number; devpm?: string; error: string };

/** What an answer holds besides `ok`, by the request that it answers. */
interface Answered {
  status: { status: Status };
  errors: { errors: readonly Fault[]; notes: string[] };
  join: { joined: Joined };
  events: unknown;
  down: { receipt: Receipt };
  restart: { status: Status };
  start: { status: Status };
  stop: { stopped: Stopped };
  attend: { prompt: Prompt | null };
  input: unknown;
  evaluate: { evaluated: Evaluated };
  /** A link that opens the page once; it holds a secret. */
  ui: { url: string };
  wait: { status: Status };
}

type Operation = Request["op"];

/** The answer to a request. `diagnostics`: the reason in full, where it is available. */
export type Answer<O extends Operation = Operation> =
  | { [Op in O]: { ok: true } & Answered[Op] }[O]
  | { ok: false; error: string; diagnostics?: Diagnostic[] };

/** What runs, for a second `devpm dev` to compare with what it would start. */
export interface Joined {
  /** The file of the configuration; null where the project was detected. */
  config: string | null;
  /** It runs with compose services. */
  infra: boolean;
  /** By app: the ports that they claim. */
  ports: Readonly<Record<string, number | null>>;
  /** It has ports and databases of its own. */
  isolated?: boolean;
  /** What the configuration says and only a new session can do. */
  later: string[];
}

/** The result of `devpm stop`. */
export type Stopped = Pick<Receipt, "ended" | "leftovers" | "portsFree" | "ms">;

/** `log.missed`: this reader was slower than the apps and misses this many lines. They are in the log files. */
export type Streamed = Stamped | { event: "log.missed"; at: string; lines: number };

/**
 * To a warm Python, on the connection of its reports: input for its prompt; to say when it has caught up with its saves; or to
 * prepare for the next one, once every app has started.
 */
export type WarmOrder = { do: "input"; what: Input["what"]; text: string } | { do: "catch_up" } | { do: "prepare" };

/** The reports of a warm Python process (src/reload/prefork). Times are wall-clock milliseconds. */
export type WarmReport =
  /** Its first worker serves, or the one after a crash; `ms` since it was forked. */
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
      /** Forked with its libraries loaded; false: from a Python process that had to import them. */
      warm: boolean;
      /** Over this session's totals, including this one. */
      p50: number;
      p95: number;
      /** The import that slowed down most, if the total exceeded twice the median. */
      grown?: { module: string; ms: number };
    }
  | {
      what: "crashed";
      file: string | null;
      savedAt: number | null;
      excerpt: string[];
      during: "import" | "run";
      exitCode: number | null;
      /** The signal that ended it, if any. */
      signal: string | null;
    }
  /** A change that a fork does not pick up ("requirements.txt changed"): the app continues until it is restarted. */
  | { what: "cold"; reason: string }
  /**
   * It turned out that it cannot be kept warm ("it replaces itself with another program"): PM2's watch restarts it.
   * `itself`: its own reloader is on, and nothing else is to reload it.
   */
  | { what: "unfit"; reason: string; itself?: boolean }
  /** The libraries that it uses are loaded: the next reload forks with them. */
  | { what: "preloaded"; modules: number; ms: number }
  /** Its program waits for a line: `file`, `line` in the project's code; `request`: while it answers a request. */
  | { what: "prompt"; file: string | null; line: number | null; request: boolean }
  /** It has gone on, and waits no more. */
  | { what: "went_on" }
  /** What its servers have answered since the last report. */
  | { what: "answered"; requests: AnsweredRequest[] }
  /**
   * What was saved before it read the order `catch_up` for the `asked`th time is what answers, or it has crashed.
   * `unread`: absolute files whose newest content it has not read, because the app itself writes them while it starts.
   */
  | { what: "caught_up"; asked: number; unread: string[] }
  | { what: "notice"; text: string };
