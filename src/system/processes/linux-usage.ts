import { linkNow, namesNow } from "../files/files-now.ts";
import { slurp } from "./linux-files.ts";
import { isWritable } from "./linux-pipeline.ts";
import type { Usage, WrittenBytes } from "./types.ts";

/** The kernel's unit for times in /proc is fixed at 1/100 s for programs, whatever its own tick is. */
export const TICKS_PER_SECOND = 100;

/** A number of one of its files: `Pss:   123 kB`, `wchar: 5`. */
function numberIn(pid: number, file: string, name: string): number | null {
  const text = slurp(`/proc/${pid}/${file}`)?.toString("latin1") ?? "";
  const found = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

/** Pss needs the kernel's walk of all its pages; where that is refused its resident pages count, shared ones in full. */
export function usage(pid: number, fields: readonly string[] | null): Usage | null {
  if (!fields) return null;
  const kilobytes = numberIn(pid, "smaps_rollup", "Pss") ?? numberIn(pid, "status", "VmRSS") ?? 0;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { memoryBytes: kilobytes * 1_024, cpuMs: (ticks * 1_000) / TICKS_PER_SECOND };
}

export function writes(pid: number, file: string): boolean {
  return namesNow(`/proc/${pid}/fd`).some((fd) => linkNow(`/proc/${pid}/fd/${fd}`) === file && isWritable(pid, fd));
}

/** A process takes over the counts of each child that it has waited for. */
export function bytesWritten(pids: readonly number[]): WrittenBytes | null {
  const counted = pids.flatMap((pid) => {
    const [toDisk, inAll] = [numberIn(pid, "io", "write_bytes"), numberIn(pid, "io", "wchar")];
    return toDisk === null || inAll === null ? [] : [{ toDisk, inAll }];
  });
  if (counted.length === 0) return null;
  return counted.reduce((a, b) => ({ toDisk: a.toDisk + b.toDisk, inAll: a.inAll + b.inAll }));
}
