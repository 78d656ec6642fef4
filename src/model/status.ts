import type { ServiceStatus } from "./service-status.ts";

/** `devpm status --json`, as design/contract.md has it. */
export interface Status {
  project: string;
  root: string;
  namespace: string;
  session: null | { id: string; pid: number; startedAt: string; detached: boolean; state: SessionState };
  apps: AppStatus[];
  infra: ServiceStatus[];
  /** Only of a project that has tasks. */
  tasks?: TaskStatus[];
  /** Names for several apps and tasks at once; only where there are any. */
  groups?: Readonly<Record<string, readonly string[]>>;
}

export type SessionState = "starting" | "ready" | "degraded" | "stopping";

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
}

/** An app of which no process is known. */
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

export type AppState = "pending" | "starting" | "running" | "ready" | "reloading" | "crashed" | "stopped" | "failed";

export interface TaskStatus {
  name: string;
  state: TaskState;
  pid: number | null;
  /** Of its last end; null while it has not ended. */
  exitCode: number | null;
  /** `done` without a run: its inputs and the containers it worked on are as they were. */
  skipped: boolean;
  /** ISO 8601: when it last began in this session. */
  startedAt: string | null;
  /** How long its last run took. */
  ms: number | null;
}

/** `stopped`: off until it is asked for, or ended by `devpm stop`. */
export type TaskState = "pending" | "running" | "done" | "failed" | "stopped";

export const idleTask = (name: string, state: TaskState): TaskStatus => ({
  name,
  state,
  pid: null,
  exitCode: null,
  skipped: false,
  startedAt: null,
  ms: null,
});
