import { statSync, type Stats } from "node:fs";
import path from "node:path";
import { setImmediate as next } from "node:timers/promises";
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
      const is = whatIs(file);
      // one of a time to come was saved by another clock, and maybe before
      if (is?.isFile() && is.size > 0 && is.mtimeMs > since && is.mtimeMs <= until) saved.push(file);
    }
    // other apps are started meanwhile
    await next();
  }
  return saved;
}

/** undefined: it is gone, or cannot be looked at, such as a link to itself. That must not end PM2's daemon. */
function whatIs(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Whether an app that has just been started may have written the file: anything but no, where the kernel's count of what its
 * processes wrote does not say that it was not.
 */
export async function mayHaveWritten(pid: number | undefined, file: string): Promise<boolean> {
  const all = pid ? [pid] : [];
  for (const one of all) all.push(...childrenOf(one));
  const written = bytesWritten(all);
  if (written === null) return true;
  return ((await isInMemory(file)) ? written.inAll : written.toDisk) > 0;
}
