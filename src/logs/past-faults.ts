import type { Fault } from "../model/fault.ts";
import type { LogFiles } from "../system/logs/log-files.ts";
import { newestFirst } from "./past.ts";

/** What was broken when the last session ended, newest first. */
export function pastFaults(logFiles: LogFiles, folder: string): Fault[] {
  const seen = new Set<string>();
  const faults: Fault[] = [];
  for (const event of newestFirst(logFiles, folder)) {
    if (event.event === "session.starting") break;
    if (event.event !== "error.seen" && event.event !== "error.gone") continue;
    if (seen.has(event.id)) continue;
    seen.add(event.id);
    if (event.event === "error.gone") continue;
    const { event: _, at: __, ...fault } = event;
    faults.push(fault);
  }
  return faults;
}
