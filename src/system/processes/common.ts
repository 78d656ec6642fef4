import { setTimeout as delay } from "node:timers/promises";
import type { Identity } from "../../model/process.ts";
import type { ProcessInfo } from "../../model/process.ts";
import type { Processes, SignalResult } from "./types.ts";
import { monotonic } from "../monotonic.ts";

/** What the platform must provide; everything else of `Processes` follows from it. */
export type ProcessReadings = Pick<
  Processes,
  | "identify"
  | "snapshot"
  | "descendants"
  | "isStopped"
  | "carrying"
  | "variable"
  | "executable"
  | "describe"
  | "usage"
  | "writes"
  | "printedOn"
  | "written"
>;

/** Short enough not to matter in a teardown of 100 ms, long enough to cost nothing. */
const POLL_MS = 4;

export function withVerbs(readings: ProcessReadings): Processes {
  const alive = (identity: Identity): boolean => {
    const now = readings.identify(identity.pid);
    return now !== null && now.startTime === identity.startTime && now.bootId === identity.bootId;
  };

  return {
    ...readings,
    alive,
    signal: (identity, signal) => (alive(identity) ? kill(identity.pid, signal) : "gone"),

    signalGroup(pgid, members, signal) {
      if (pgid <= 1) return "refused";
      const known = new Map(members.map((member) => [member.pid, member.startTime]));
      const group = readings.snapshot().filter((info) => info.pgid === pgid && info.state !== "Z");
      if (group.length === 0) return "gone";
      if (!group.every((info) => known.get(info.pid) === info.startTime)) return "refused";
      return kill(-pgid, signal);
    },

    async tree(pid) {
      const all = readings.snapshot();
      const listed = new Set(await pidtreeOf(pid));
      return below(pid, all).filter((info) => listed.size === 0 || listed.has(info.pid));
    },

    async waitGone(identities, ms, signal) {
      const deadline = monotonic() + ms;
      const over = (): boolean => monotonic() >= deadline || signal?.aborted === true;
      let left = identities.filter(alive);
      while (left.length > 0 && !over()) {
        await delay(POLL_MS);
        left = left.filter(alive);
      }
      return left;
    },
  };
}

function kill(pid: number, signal: NodeJS.Signals): SignalResult {
  try {
    process.kill(pid, signal);
    return "sent";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? "denied" : "gone";
  }
}

/** pidtree runs ps: without one, or with a dead root, it throws, and the snapshot alone must suffice. */
async function pidtreeOf(pid: number): Promise<number[]> {
  try {
    const { default: pidtree } = await import("pidtree");
    return await pidtree(pid, { root: true });
  } catch {
    return [];
  }
}

/** A process and everything below it in one snapshot, defunct ones included. */
export function family(root: number, all: readonly ProcessInfo[]): number[] {
  const byParent = new Map<number, number[]>();
  for (const { pid, ppid } of all) byParent.set(ppid, [...(byParent.get(ppid) ?? []), pid]);
  return descend(root, (pid) => byParent.get(pid) ?? []);
}

/** Breadth first. A pid that was taken again while it is read cannot make a circle. */
export function descend(root: number, childrenOf: (pid: number) => readonly number[]): number[] {
  const found = new Set([root]);
  for (const pid of found) for (const child of childrenOf(pid)) found.add(child);
  return [...found];
}

/** The process and its live descendants in one snapshot, parents first. */
export function below(pid: number, all: readonly ProcessInfo[]): ProcessInfo[] {
  const live = new Map(all.filter(({ state }) => state !== "Z").map((info) => [info.pid, info]));
  return family(pid, [...live.values()]).flatMap((one) => live.get(one) ?? []);
}
