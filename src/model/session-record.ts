import {
  flag,
  isObject,
  listOf,
  nullable,
  number,
  oneOf,
  optional,
  shape,
  textUpTo,
  whole,
  type Guard,
} from "../util/guard.ts";
import type { Identity } from "./process.ts";
import type { SessionState } from "./status.ts";

/**
 * The content of an instance's session file: what runs the session and what it started, so that a later teardown
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
  /** The secret that proves client and engine to be of the same user; absent if an older devpm wrote the file. */
  secret?: string;
  /** Processes that were ours when an app became ready, with neither the mark nor an app's name. */
  strays?: Identity[];
  /** Compose commands that run now. They have no mark, which would reach containers, and end with the session all the same. */
  commands?: Identity[];
  /** The file of the terminal that shows the session with a footer, where its cursor is hidden; absent: none does. */
  terminal?: string | undefined;
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

/** null: not valid (truncated, from another version, edited by hand). Any other result is safe to act on. */
export function parseRecord(json: string): SessionRecord | null {
  const value = parsed(json);
  return recordGuard(value, "record") === null ? (value as SessionRecord) : null;
}

/** The engine of a session that another version of devpm recorded. */
export function engineOfOtherVersion(json: string): Identity | null {
  const value = parsed(json);
  if (!isObject(value) || value.version === VERSION) return null;
  return identity(value.engine, "engine") === null ? (value.engine as Identity) : null;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return null;
  }
}

const VERSION = 1;

const short = textUpTo(65_536);
/** It becomes part of file names. */
const id: Guard<string> = (value, at) =>
  typeof value === "string" && /^[\w.-]{1,256}$/.test(value) ? null : `${at}: expected a session's id`;
const version: Guard<1> = (value, at) => (value === VERSION ? null : `${at}: expected ${VERSION}`);
const identity = shape<Identity>({ pid: whole(1, 2 ** 31 - 1), startTime: short, bootId: short });
const port = whole(1, 65_535);
const identities = listOf(identity, 100_000);

const recordGuard = shape<SessionRecord>({
  version,
  id,
  project: short,
  root: short,
  namespace: short,
  engine: identity,
  sentinel: nullable(identity),
  shim: nullable(identity),
  daemon: nullable(identity),
  apps: listOf(
    shape<RecordedApp>({
      name: short,
      pmId: nullable(whole(0, 2 ** 31)),
      pids: identities,
      ports: listOf(port, 1_000),
      graceMs: number(0, Number.MAX_VALUE),
    }),
    1_000,
  ),
  startedAt: short,
  detached: flag,
  state: oneOf("starting", "ready", "degraded", "stopping"),
  pm2Home: short,
  socket: short,
  secret: optional(textUpTo(128)),
  strays: optional(identities),
  commands: optional(identities),
  terminal: optional(short),
  ports: listOf(port, 10_000),
});
