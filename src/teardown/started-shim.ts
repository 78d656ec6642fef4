import type { DaemonPlace } from "../model/daemon-place.ts";
import type { Identity } from "../model/process.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { Helper, Helpers, Line } from "../system/processes/helpers.ts";
import type { Processes } from "../system/processes/types.ts";
import type { ProgramCommand } from "../system/begin/shim.ts";
import type { TeardownSystem } from "./deps.ts";

type ShimSystem = Pick<TeardownSystem, "clock" | "processes"> & { helpers: Helpers };

const DROP_MS = 2_000;

/** Python, which becomes shim and sentinel, with PM2's daemon: its node boots, and does nothing before it is guarded. */
export interface StartedShim {
  /** The python that becomes the sentinel. */
  sentinel: Identity | null;
  toSentinel: Line;
  toShim: Line;
  /** undefined: its line has closed before. */
  armed: Promise<Record<string, unknown> | undefined>;
  started: Promise<Record<string, unknown> | undefined>;
  /** Known before the shim reports that it guards it, for which it loads more than a daemon has to wait for. */
  daemon: () => Identity | null;
}

export interface ShimRequest {
  record: Pick<SessionRecord, "id">;
  python: string;
  node: string;
  daemon: ProgramCommand;
  place: Pick<DaemonPlace, "logFile">;
}

/** Without a session yet: what it has started ends by itself where nothing more is sent. */
export function startShim(
  { helpers, processes }: Pick<ShimSystem, "helpers" | "processes">,
  { python, node, daemon, record, place }: ShimRequest,
): StartedShim | null {
  const helper = helpers.startShim({ python, node, id: record.id, daemon, logFile: place.logFile });
  return helper && heard(processes, helper);
}

/** A shim that was begun before devpm was loaded, with the id that the session has to have. */
export interface BegunShim {
  id: string;
  shim: StartedShim;
}

/** Once. Whoever takes it uses it for a session, or drops it. */
export function takeBegun({ helpers, processes }: Pick<ShimSystem, "helpers" | "processes">): BegunShim | null {
  const begun = helpers.takeBegun();
  const shim = begun && heard(processes, begun.helper);
  return begun && shim && { id: begun.id, shim };
}

/** Where no session takes what was begun: resolves once it has ended. */
export async function dropBegun(system: ShimSystem): Promise<void> {
  const begun = takeBegun(system);
  if (begun) await dropShim(system, begun.shim);
}

function heard(processes: Processes, { pid, lines }: Helper): StartedShim | null {
  const [toSentinel, toShim] = lines;
  if (!toSentinel || !toShim) return null;
  const armed = firstMessage(toSentinel, (message) => message.armed === true);
  const started = firstMessage(toShim, (message) => typeof message.shim === "number");
  let held: Identity | null = null;
  toShim.onMessage((message) => (held ??= processes.identify(Number(message.daemon))));
  return { sentinel: processes.identify(pid), toSentinel, toShim, armed, started, daemon: () => held };
}

/** There is no session after all: resolves once all of it has ended. */
export async function dropShim(
  { clock, processes }: Pick<ShimSystem, "clock" | "processes">,
  early: StartedShim,
): Promise<void> {
  const { toSentinel, toShim } = early;
  for (const line of [toShim, toSentinel]) line.end();
  const ended = await clock.within(
    Promise.all([toShim.closed, toSentinel.closed]).then(() => true),
    DROP_MS,
  );
  if (ended === null) await abandonShim(processes, early, null);
}

/** A shim that lives and has not reported is known by what started it. One that is not found so sees that its line is closed. */
export async function abandonShim(processes: Processes, early: StartedShim, shim: Identity | null): Promise<void> {
  const { sentinel, toSentinel, toShim, daemon } = early;
  const below = sentinel && processes.alive(sentinel) ? processes.descendants(sentinel.pid) : [];
  await abandon(processes, [...below.map((pid) => processes.identify(pid)), shim, daemon()]);
  for (const line of [toSentinel, toShim]) line.close();
}

/** What a failed arming started: nothing below it runs yet, so no grace is needed. */
export async function abandon(processes: Processes, started: (Identity | null)[]): Promise<void> {
  const parts = started.filter((one) => one !== null);
  for (const part of parts) processes.signal(part, "SIGKILL");
  await processes.waitGone(parts, 1_000);
}

/** The first such message; undefined when the line closes before. */
export function firstMessage(
  line: Line,
  wanted: (message: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown> | undefined> {
  return new Promise((resolve) => {
    line.onMessage((message) => {
      if (wanted(message)) resolve(message);
    });
    void line.closed.then(() => resolve(undefined));
  });
}
