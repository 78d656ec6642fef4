import { readFileSync } from "node:fs";
import { type Seen, processes } from "../test/rigs/processes.ts";

/** A process and all below it. */
export function family(pid: number): Seen[] {
  const all = processes();
  const below = (parent: number): Seen[] =>
    all.filter((seen) => seen.parent === parent).flatMap((seen) => [seen, ...below(seen.pid)]);
  return [...all.filter((seen) => seen.pid === pid), ...below(pid)];
}

/** In MB. */
export const pssOf = (own: readonly Seen[]): number => own.reduce((sum, { pid }) => sum + pssKB(pid), 0) / 1_024;

/** A page shared by n processes counts as a nth of it. */
function pssKB(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]);
}
