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
export const pssOf = (own: readonly Seen[]): number => own.reduce((sum, { pid }) => sum + kB(pid, "Pss"), 0) / 1_024;

/** In MB: what no file is behind. Whoever else runs the same programs has no part in it, as they have in PSS. */
export const anonymousOf = (own: readonly Seen[]): number =>
  own.reduce((sum, { pid }) => sum + kB(pid, "Pss_Anon"), 0) / 1_024;

/** In MB: what a family would still need without some of its members, each page that others share counted whole. */
export function pssWithout(own: readonly Seen[], leaving: readonly Seen[]): number {
  const alone = leaving.reduce((sum, { pid }) => sum + kB(pid, "Private_Clean") + kB(pid, "Private_Dirty"), 0);
  return pssOf(own) - alone / 1_024;
}

type Field = "Pss" | "Pss_Anon" | "Private_Clean" | "Private_Dirty";

/** Of Pss, a page shared by n processes counts as a nth of it; what is private is nobody else's. Nothing where it has ended since. */
function kB(pid: number, field: Field): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]);
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}
