import path from "node:path";
import { setImmediate as next } from "node:timers/promises";
import { statNow } from "../system/files/files-now.ts";
import { isInMemory } from "../system/files/in-memory.ts";
import { childrenOf } from "../system/processes/linux-children.ts";
import { bytesWritten } from "../system/processes/linux-usage.ts";

/** chokidar's `getWatched`: the names in each folder, which is relative to the app's. */
export type Watched = Readonly<Record<string, readonly string[]>>;

/** From the start of the app's process to the moment at which its watch was up, in ms of the wall clock. */
export interface Unwatched {
  cwd: string;
  since: number;
  until: number;
}

/** The watched files that were saved while the watch was not up. An empty one is what a shell makes of `> file`. */
export async function savedUnwatched(watched: Watched, { cwd, since, until }: Unwatched): Promise<string[]> {
  const saved: string[] = [];
  for (const [folder, names] of Object.entries(watched)) {
    for (const name of names) {
      const file = path.resolve(cwd, folder, name);
      const is = statNow(file);
      // one of a time to come was saved by another clock, and maybe before
      if (is?.isFile() && is.size > 0 && is.mtimeMs > since && is.mtimeMs <= until) saved.push(file);
    }
    // other apps are started meanwhile
    await next();
  }
  return saved;
}

/**
 * Whether an app that has just been started may have written the file itself. Only the kernel's count rules that out: where its
 * processes have written nothing. What cannot be counted may have.
 */
export async function mayHaveWritten(pid: number | undefined, file: string): Promise<boolean> {
  const all = pid ? [pid] : [];
  for (const one of all) all.push(...childrenOf(one));
  const written = bytesWritten(all);
  if (written === null) return true;
  return ((await isInMemory(file)) ? written.inAll : written.toDisk) > 0;
}
