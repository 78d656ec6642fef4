import type { Identity } from "./process.ts";
import type { SessionState } from "./status.ts";

/**
 * The content of an instance's session file: who runs the session and what it started, so that whoever comes after
 * can end exactly that. Written whole by the engine whenever it changes; read by the guardian and by every command.
 */
export interface SessionRecord {
  version: 1;
  /** The session's id: the value of the mark, `DEVPM_SESSION`. */
  id: string;
  project: string;
  root: string;
  namespace: string;
  engine: Identity;
  sentinel: Identity | null;
  shim: Identity | null;
  daemon: Identity | null;
  apps: RecordedApp[];
  /** ISO 8601. */
  startedAt: string;
  detached: boolean;
  state: SessionState;
  pm2Home: string;
  socket: string;
  /** Processes that were ours when an app became ready, and carry neither mark nor app's name. */
  strays?: Identity[];
  /** Every port the session claims. */
  ports: number[];
}

export interface RecordedApp {
  name: string;
  pmId: number | null;
  pids: Identity[];
  ports: number[];
  graceMs: number;
}

/** null: not one of ours (cut short, another version, not JSON). */
export function parseRecord(text: string): SessionRecord | null {
  try {
    const value = JSON.parse(text) as SessionRecord;
    const whole =
      value.version === 1 && typeof value.id === "string" && isIdentity(value.engine) && Array.isArray(value.apps);
    return whole ? value : null;
  } catch {
    return null;
  }
}

function isIdentity(value: unknown): value is Identity {
  const identity = value as Identity | null;
  return Number.isInteger(identity?.pid) && typeof identity?.startTime === "string";
}
