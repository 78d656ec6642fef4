import type { Diagnostic, Evidence, Fix } from "../diagnostics/diagnostic.ts";
import type { Fault } from "./fault.ts";
import type { Prompt } from "./prompt.ts";
import type { Worktree } from "./status.ts";
import type { ServiceStatus } from "./service-status.ts";

/**
 * Everything that happens in a session. One union: the state is folded from it, the user interfaces and the socket
 * only read it. The names and fields of the public ones are a contract (`devpm dev --json`).
 */
export type SessionEvent =
  | {
      event: "session.starting";
      project: string;
      root: string;
      namespace: string;
      session: string;
      /** All of them, those that are off included. */
      apps: string[];
      /** This and the following: absent where an earlier version logged the event. */
      tasks?: string[];
      groups?: Readonly<Record<string, readonly string[]>>;
      /** Apps and tasks that are off until they are requested. */
      off?: string[];
      /** Where this checkout has ports and databases of its own. */
      worktree?: Worktree;
      /** By app, the path that `ready.http` asks for. */
      probes?: Readonly<Record<string, string>>;
    }
  | { event: "setup.started"; app: string; step: string }
  | { event: "setup.output"; app: string; step: string; line: string }
  /** `cancelled`: the session ended meanwhile. */
  | {
      event: "setup.finished";
      app: string;
      step: string;
      ms: number;
      ok: boolean;
      exitCode: number | null;
      cancelled?: true;
    }
  | { event: "infra.checked"; ms: number; services: ServiceStatus[] }
  | { event: "infra.absent"; reason: string; services: string[] }
  | { event: "infra.progress"; service: string; detail: string }
  | { event: "infra.started"; service: string; ms: number; how: "created" | "started" }
  | { event: "infra.failed"; service: string; reason: string }
  | { event: "infra.recovered"; service: string; reason: string }
  | { event: "infra.changed"; services: ServiceStatus[] }
  /** It was off and has been requested: it waits for its dependencies. */
  | { event: "app.pending"; app: string }
  | { event: "app.starting"; app: string; port: number | null }
  | { event: "app.running"; app: string; pid: number }
  | { event: "app.ready"; app: string; url: string | null; ms: number }
  | { event: "app.reloading"; app: string; file: string; savedAt: string; how: "warm" | "restart" }
  | {
      event: "app.reloaded";
      app: string;
      file: string;
      savedAt: string;
      ms: number;
      how: "warm" | "restart";
      ok: boolean;
      /** For a warm reload that answers. */
      timeline?: Timeline;
    }
  | {
      event: "app.crashed";
      app: string;
      /** `import`: its code failed before it ran. */
      during: "import" | "run";
      exitCode: number | null;
      signal: string | null;
      excerpt: string[];
      /** What the excerpt reveals about the cause, and what to type; empty where the cause is in the code alone. */
      evidence: Evidence[];
      fixes: Fix[];
      /** The next save starts it again. */
      reloads: boolean;
    }
  /**
   * `lost`: it was ready, and its process still runs. `tasks`, `service`: what it waits for, the service perhaps for a task of it;
   * the failure of these is reported by itself.
   */
  | { event: "app.failed"; app: string; reason: string; lost?: true; tasks?: readonly string[]; service?: string }
  | { event: "app.stopped"; app: string }
  /** Its program waits for a line; again at each further prompt. */
  | ({ event: "app.prompt"; app: string } & Prompt)
  /** It has gone on, or has ended. */
  | { event: "app.resumed"; app: string }
  | { event: "task.started"; task: string; pid: number; reason: TaskReason }
  /** `exitCode`: null where it could not be started. */
  | { event: "task.finished"; task: string; ok: boolean; exitCode: number | null; ms: number }
  | { event: "task.skipped"; task: string }
  | { event: "task.stopped"; task: string }
  /** It was off and has been requested, or its last run is no longer valid: it is about to run. */
  | { event: "task.pending"; task: string }
  | { event: "session.ready"; ms: number }
  /** `n` orders all lines of an instance, in the files and in the stream; it is not part of the public event. */
  | { event: "log"; app: string; stream: "out" | "err"; line: string; n?: number }
  /** A fault happened, or happened again: the whole entry as it is now. Frequent ones are reported twice a second. */
  | ({ event: "error.seen" } & Fault)
  /** It was mended, as far as devpm can see. */
  | { event: "error.gone"; id: string; why: string }
  | { event: "notice"; text: string }
  | ({ event: "diagnostic" } & Diagnostic)
  | { event: "session.stopping"; reason: StopReason }
  | ({ event: "session.stopped" } & Receipt);

/** Why a task runs. */
export type TaskReason =
  | "first run"
  | "inputs changed"
  | "other containers"
  | "its output is missing"
  | "no inputs"
  | "asked for"
  | "failed before";

/** The steps of a warm reload: milliseconds since the save. */
export interface Timeline {
  noticed: number;
  forked: number;
  imported: number;
  answering: number;
  /** Over the session's reloads so far, including this one. */
  p50: number;
  p95: number;
  /** If it took more than twice the session's median: the import that grew most, and by how many milliseconds. */
  grown: { module: string; ms: number } | null;
  /** It had to import the libraries, too: they are not loaded ahead, or were not yet. Absent where they were. */
  libraries?: true;
}

/** What a reader of the stream receives: `at` is ISO 8601 with milliseconds. */
export type Stamped<E = SessionEvent> = E & { at: string };

export type StopReason =
  | "ctrl-c"
  /** The key `q`. */
  | "quit"
  | "sigterm"
  | "terminal-closed"
  | "down"
  /** It starts again without its terminal. */
  | "detach"
  /** Nothing happened in it for `idleMinutes`. */
  | "idle"
  | "failed"
  | "crash"
  | "guardian-lost"
  | "output-lost";

/** The result of a teardown: printed, and returned by `devpm down --json`. */
export interface Receipt {
  ended: { pid: number; app: string; how: EndedHow }[];
  /** Ours and still there: makes the exit code non-zero. */
  leftovers: { pid: number; app: string; command: string; reason: string }[];
  /** Started by an app and left alive on purpose: browsers, editors, agents. */
  spared: { pid: number; app: string; command: string }[];
  portsFree: number[];
  /** Required ports that a foreign process holds. */
  portsHeld: { port: number; holder: string }[];
  /** Services that are still up. */
  infraUp: string[];
  /** They are the main checkout's as well: a worktree does not stop them. */
  infraShared?: true;
  ms: number;
}

/** Nothing was running, so nothing was done. */
export const NOTHING_ENDED: Receipt = {
  ended: [],
  leftovers: [],
  spared: [],
  portsFree: [],
  portsHeld: [],
  infraUp: [],
  ms: 0,
};

/** `exited`: it ended before a signal was needed. */
export type EndedHow = "exited" | "SIGINT" | "SIGTERM" | "SIGKILL";
