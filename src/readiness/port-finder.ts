import type { Clock } from "../system/clock.ts";
import type { Network } from "../system/network.ts";
import type { OwnListeners } from "./own-listeners.ts";
import { printedPorts } from "./printed-address.ts";

/** Finds the port of an app that does not listen where it is expected. */
export interface PortFinder {
  /** The port to take instead of `claimed`; null while nothing is certain. Checks at most a few times a second. */
  look(claimed: number | null): Promise<number | null>;
  /** The port its output names among those it listens on, where it does not listen on the claimed one; immediate. */
  printed(): number | null;
}

export interface PortFinderOptions {
  clock: Clock;
  network: Network;
  own: OwnListeners;
  /** Where the app is announced. */
  claimed: number;
  /** Ports that are never taken instead: the app's further ones and what other apps claim. */
  taken: ReadonlySet<number>;
  /** Where it was found to listen in an earlier start. */
  before: number | null;
  /** The last lines it printed. */
  lines: () => readonly string[];
}

const LOOK_MS = 250;
/** Most apps are ready by then: nothing is read while they boot. */
const FIRST_LOOK_MS = 500;
/** A port that its output names: for this long it may still open the claimed one. */
const PRINTED_MS = 1_000;
/** One that only answers HTTP. */
const SILENT_MS = 3_000;
const ANSWER_MS = 1_000;

/** debugpy, Node's inspector, Vite's websocket of middleware mode, Java's debugger. */
const DEBUGGERS: ReadonlySet<number> = new Set([5678, 9229, 9230, 24678, 5005]);

/** Linux hands these out for port 0; macOS from 49152 on. Nothing that a person is to open is there by accident. */
const FIRST_EPHEMERAL = 32_768;

/**
 * An app counts as listening elsewhere when its processes listen on a port that no app claims, not on the claimed one,
 * and its output names that port or it answers HTTP. Debuggers and websockets open first in many apps: they are no answer.
 */
export function createPortFinder({
  clock,
  network,
  own,
  claimed,
  taken,
  before,
  lines,
}: PortFinderOptions): PortFinder {
  const since = new Map<number, number>();
  const silent = new Set<number>();
  let next = before === null ? clock.monotonic() + FIRST_LOOK_MS : -Infinity;

  function candidates(): number[] {
    const ports = own.ports();
    if (ports.includes(claimed)) return [];
    return ports.filter((port) => !taken.has(port) && !DEBUGGERS.has(port)).toSorted((a, b) => a - b);
  }

  const namedIn = (ports: readonly number[]): number | null => {
    const named = new Set(printedPorts(lines()));
    return ports.find((port) => named.has(port)) ?? null;
  };

  async function answers(port: number): Promise<boolean> {
    if (silent.has(port)) return false;
    const status = await network.status(port, "/", { timeoutMs: ANSWER_MS, secure: false });
    if (status === null) silent.add(port);
    return status !== null;
  }

  return {
    printed: () => namedIn(candidates()),
    async look(port) {
      const now = clock.monotonic();
      if (now < next || port !== claimed) return null;
      next = now + LOOK_MS;
      const found = candidates();
      if (before !== null && found.includes(before)) return before;
      for (const known of since.keys()) if (!found.includes(known)) since.delete(known);
      for (const one of found) if (!since.has(one)) since.set(one, now);
      const lasting = (ms: number): number[] => found.filter((one) => now - (since.get(one) ?? now) >= ms);
      const named = namedIn(lasting(PRINTED_MS));
      if (named !== null) return named;
      for (const one of lasting(SILENT_MS)) if (one < FIRST_EPHEMERAL && (await answers(one))) return one;
      return null;
    },
  };
}
