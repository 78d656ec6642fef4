import type { System } from "../system/system.ts";
import { createRhythm } from "./rhythm.ts";

/** The state of a port that an app was ready on. */
export type PortState =
  | "open"
  /** Nothing of the app listens there any more. */
  | "closed"
  /** The processes that listen are stopped (SIGSTOP, Ctrl+Z). */
  | "stopped"
  /** A connection has waited too long for being accepted. */
  | "hung";

export interface WatchedPort {
  port: number;
  /** The app was seen to listen there when it became ready: what is closed from the first look on has been closed since. */
  wasOpen: boolean;
  /** The app's processes that listen there now; empty where they cannot be seen (a container's). */
  listeners: () => number[];
  /** Called with each change, from "open" on. */
  changed: (state: PortState) => void;
}

/** Watches the port of an app of the session. Returns what ends the watch. */
export type WatchPort = (watched: WatchedPort) => () => void;

export interface PortWatch {
  watch: WatchPort;
  /** Something happens in the session, or somebody asks for it: what follows from that should be noticed. */
  lookSoon: () => void;
}

/** Between two checks while anything happens, or where a port is not open. */
const LOOK_MS = 1_000;
/** Each pause is twice as long as the one before, up to this: a session that rests should not wake. */
const CALM_MS = 16_000;
/** What has just become ready is about to answer, and other apps still start: the kernel's tables are read after that. */
export const SETTLED_MS = 250;
/** macOS has no table to read: netstat is started for each check. */
const DARWIN_LOOK_MS = 5_000;
/** This many checks in a row have to agree: a server that restarts itself is back sooner. */
const LOOKS = 3;
const HUNG_MS = 10_000;
/** Between two counts of the waiting connections, where there are none and others come. */
const COUNT_MS = 10_000;

interface Entry extends WatchedPort {
  /** null: not known yet, as it may be ready by a line before it listens. */
  state: PortState | null;
  /** What the last checks found, and how many in a row. */
  seen: PortState;
  times: number;
  pids: number[];
  /** Its listeners could be seen when the port was last found to be open. */
  visible: boolean;
  /** One of them still has the socket open. */
  isHeld: () => boolean;
  /** When the connections that wait are counted again. */
  count: number;
  /** How many connections the machine had taken when none waited here; null before that is known. */
  taken: number | null;
  /** Connections that are not accepted yet: since when each has been seen. */
  waiting: Map<string, number>;
}

/**
 * Watches the kernel's tables for all ports together: a second after something has happened, then less and less often, not at all
 * while there is nothing to watch. The apps get no request.
 */
export function createPortWatch(system: System, stopping: AbortSignal): PortWatch {
  const { clock, ports, environment } = system;
  const entries = new Set<Entry>();
  /** Not `AbortSignal.any` with `stopping`: Node 20 and 22 would keep each one, and what listens to it, for the whole session. */
  const watches = new Set<AbortController>();
  const shortestMs = environment.platform === "darwin" ? DARWIN_LOOK_MS : LOOK_MS;
  const rhythm = createRhythm(clock, { shortestMs, longestMs: CALM_MS, stopping });
  stopping.addEventListener("abort", () => {
    for (const watch of watches) watch.abort();
  });
  let looking = false;

  async function look(): Promise<void> {
    looking = true;
    while (entries.size > 0 && !stopping.aborted) {
      const began = clock.monotonic();
      for (const entry of entries) note(entry, stateOf(system, entry));
      await rhythm.pause(areAllOpen(entries), clock.monotonic() - began);
    }
    looking = false;
  }

  async function begin(watched: WatchedPort, ended: AbortSignal): Promise<void> {
    await clock.sleep(SETTLED_MS, ended);
    if (ended.aborted) return;
    const pids = watched.listeners();
    const entry: Entry = {
      ...watched,
      state: watched.wasOpen ? "open" : null,
      seen: "open",
      times: 0,
      pids,
      visible: pids.length > 0,
      isHeld: ports.holding(watched.port, pids),
      count: clock.monotonic() + COUNT_MS,
      taken: null,
      waiting: new Map(),
    };
    entries.add(entry);
    rhythm.now();
    ended.addEventListener("abort", () => entries.delete(entry));
    if (!looking) void look();
  }

  return {
    watch(watched) {
      const ended = new AbortController();
      watches.add(ended);
      if (stopping.aborted) ended.abort();
      else void begin(watched, ended.signal);
      return () => {
        watches.delete(ended);
        ended.abort();
      };
    },
    lookSoon: rhythm.soon,
  };
}

const areAllOpen = (entries: ReadonlySet<Entry>): boolean =>
  [...entries].every(({ seen, waiting }) => seen === "open" && waiting.size === 0);

function stateOf(system: System, entry: Entry): PortState {
  const { ports, processes } = system;
  const isOpen = (): boolean => ports.listening().some(({ port }) => port === entry.port);
  if (!entry.visible || !entry.isHeld()) {
    // the table is read before all processes are: while the port stays closed this is enough
    if (!isOpen()) return "closed";
    // a container's port, which stays open
    if (!entry.visible && entry.seen === "open") return "open";
    // another process of the app may have taken over, or a foreign one
    entry.pids = entry.listeners();
    entry.isHeld = ports.holding(entry.port, entry.pids);
    if (!entry.isHeld()) return entry.visible ? "closed" : "open";
    entry.visible = true;
  }
  if (entry.pids.every((pid) => processes.isStopped(pid))) return "stopped";
  return isHung(system, entry) ? "hung" : "open";
}

/** Counting reads the table of all connections: often only while some wait, and not where none has come since none did. */
function isHung({ clock, ports }: System, entry: Entry): boolean {
  const now = clock.monotonic();
  if (now < entry.count) return false;
  const taken = ports.connectionsTaken();
  if (taken !== null && taken === entry.taken) return false;
  const connections = ports.unaccepted(entry.port);
  entry.waiting = new Map(connections.map((one) => [one, entry.waiting.get(one) ?? now]));
  entry.count = connections.length === 0 ? now + COUNT_MS : now;
  entry.taken = connections.length === 0 ? taken : null;
  return [...entry.waiting.values()].some((since) => now - since >= HUNG_MS);
}

/** Takes a check into account; returns what has changed for good. */
function note(entry: Entry, state: PortState): void {
  entry.times = state === entry.seen ? entry.times + 1 : 1;
  entry.seen = state;
  // what was never open is not closed
  if (entry.state === null && state === "closed") return;
  if (state === entry.state || (state !== "open" && entry.times < LOOKS)) return;
  const isFirst = entry.state === null && state === "open";
  entry.state = state;
  if (!isFirst) entry.changed(state);
}

/** What is reported of it. */
export function lostPort(state: Exclude<PortState, "open">, port: number): string {
  switch (state) {
    case "closed":
      return `port ${port} is closed, and its process still runs`;
    case "stopped":
      return `its process is stopped (SIGSTOP): nothing answers on port ${port}`;
    case "hung":
      return `it accepts no connections on port ${port}: one has waited for ${HUNG_MS / 1_000} s`;
  }
}
