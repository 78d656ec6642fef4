import type { Prompt } from "./prompt.ts";
import type { ServiceStatus } from "./service-status.ts";

/** `devpm status --json`, as docs/json.md has it. */
export interface Status {
  project: string;
  root: string;
  namespace: string;
  session: null | { id: string; pid: number; startedAt: string; detached: boolean; state: ReportedState };
  apps: AppStatus[];
  infra: ServiceStatus[];
  /** Only for a project that has tasks. */
  tasks?: TaskStatus[];
  /** Names for sets of apps and tasks; only where there are any. */
  groups?: Readonly<Record<string, readonly string[]>>;
  /** Only where this checkout has ports and databases of its own. */
  worktree?: Worktree;
  /** Only without a session: what a dead one has left running. */
  stale?: Stale;
  /** Only without a session, where the last one did not end by itself: how it ended, for people. */
  lastEnd?: string;
}

/** Processes of a dead session that nothing but `devpm down` and the next `devpm dev` will end. */
export interface Stale {
  /** The session's. */
  id: string;
  pids: number[];
}

/** A checkout with ports of its own. */
export interface Worktree {
  /** As it is in addresses and in names of databases. */
  name: string;
  branch: string | null;
  folder: string;
}

export type SessionState = "starting" | "ready" | "degraded" | "stopping";

/** `unresponsive`: its engine lives and does not answer, so that nothing is known about the apps. */
export type ReportedState = SessionState | "unresponsive";

export interface AppStatus {
  name: string;
  state: AppState;
  pid: number | null;
  port: number | null;
  url: string | null;
  restarts: number;
  reloads: number;
  uptimeMs: number | null;
  memoryBytes: number | null;
  cpuPercent: number | null;
  lastReload: null | { ok: boolean; file: string; savedAt: string; ms: number; how: "warm" | "restart" };
  /** Only while its program waits at one. */
  prompt?: Prompt;
}

/** An app without a known process. */
export const idleApp = (name: string, state: AppState, port: number | null = null): AppStatus => ({
  name,
  state,
  pid: null,
  port,
  url: null,
  restarts: 0,
  reloads: 0,
  uptimeMs: null,
  memoryBytes: null,
  cpuPercent: null,
  lastReload: null,
});

export type AppState =
  | "pending"
  | "starting"
  | "running"
  | "ready"
  | "reloading"
  | "crashed"
  | "stopped"
  | "failed"
  /** Only in a status that was not given by the engine. */
  | "unknown";

export interface TaskStatus {
  name: string;
  state: TaskState;
  pid: number | null;
  /** From its last exit; null until it has exited. */
  exitCode: number | null;
  /** `done` without a run: its inputs and the containers it worked on have not changed. */
  skipped: boolean;
  /** ISO 8601: when it last began in this session. */
  startedAt: string | null;
  /** The duration of its last run. */
  ms: number | null;
}

/** `stopped`: off until it is requested, or ended by `devpm stop`. `unknown`: as of an app. */
export type TaskState = "pending" | "running" | "done" | "failed" | "stopped" | "unknown";

export const idleTask = (name: string, state: TaskState): TaskStatus => ({
  name,
  state,
  pid: null,
  exitCode: null,
  skipped: false,
  startedAt: null,
  ms: null,
});
