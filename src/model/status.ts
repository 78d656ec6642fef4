import type { ServiceStatus } from "./service-status.ts";

/** `devpm status --json`, as design/contract.md has it. */
export interface Status {
  project: string;
  root: string;
  namespace: string;
  session: null | { id: string; pid: number; startedAt: string; detached: boolean; state: SessionState };
  apps: AppStatus[];
  infra: ServiceStatus[];
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
