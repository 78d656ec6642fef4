import { readFileSync, readdirSync } from "node:fs";
import type { Seen } from "../test/rigs/processes.ts";

const MS_PER_TICK = 10;

/** User and system time of processes and of the children that they have waited for, in ms: other work does not lengthen it. */
export function cpuOf(own: readonly Seen[]): number {
  return own.reduce((sum, { pid }) => {
    const [user = 0, system = 0, childrensUser = 0, childrensSystem = 0] = fieldsOf(pid).slice(11, 15).map(Number);
    // that of all threads there have been, to a tick; that of those there are, to the nanosecond
    const alone = Math.max((user + system) * MS_PER_TICK, threadsOf(pid));
    return sum + alone + (childrensUser + childrensSystem) * MS_PER_TICK;
  }, 0);
}

/** Empty where it has ended: its time is its parent's then. */
function fieldsOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function threadsOf(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ")[0]),
    );
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
  } catch {
    return 0;
  }
}
