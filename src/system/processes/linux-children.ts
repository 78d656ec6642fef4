import { namesNow } from "../files/files-now.ts";
import { slurp } from "./linux-files.ts";

/** The kernel's own list of a process's children: each thread has one, of those that it started itself. */
export function childrenOf(pid: number): number[] {
  return namesNow(`/proc/${pid}/task`).flatMap((thread) => {
    const list = slurp(`/proc/${pid}/task/${thread}/children`)?.toString("latin1") ?? "";
    return list.split(" ").filter(Boolean).map(Number);
  });
}
