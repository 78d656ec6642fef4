import type { RecordedApp, SessionRecord } from "../../../src/model/session-record.ts";
import type { Identity } from "../../../src/model/process.ts";
import type { ProcessInfo } from "../../../src/model/process.ts";

export const identity = (pid: number, startTime = "100"): Identity => ({ pid, startTime, bootId: "boot" });

export const info = (pid: number, ppid: number, more: Partial<ProcessInfo> = {}): ProcessInfo => ({
  ...identity(pid),
  ppid,
  pgid: pid,
  sid: pid,
  state: "S",
  comm: "x",
  ...more,
});

export const app = (name: string, pids: number[], more: Partial<RecordedApp> = {}): RecordedApp => ({
  name,
  pmId: 0,
  pids: pids.map((pid) => identity(pid)),
  ports: [],
  graceMs: 3_000,
  ...more,
});

export const record = (more: Partial<SessionRecord> = {}): SessionRecord => ({
  version: 1,
  id: "s1",
  project: "market",
  root: "/p",
  namespace: "n",
  engine: identity(10),
  sentinel: identity(21),
  shim: identity(20),
  daemon: identity(22),
  apps: [],
  startedAt: "2026-01-01T00:00:00.000Z",
  detached: false,
  state: "ready",
  pm2Home: "/h",
  socket: "/s",
  ports: [],
  ...more,
});
