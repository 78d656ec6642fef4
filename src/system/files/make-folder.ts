import { mkdirSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Makes a folder and those above it that are missing, for this user alone. Node's own `recursive` tries for ever below a folder
 * that takes none and answers ENOENT, as /proc does (docs/notes/processes.md).
 */
export function makeFolder(folder: string): void {
  for (let tries = 3; ; tries -= 1)
    try {
      for (const one of missingOf(path.resolve(folder))) makeOne(one);
      return;
    } catch (error) {
      // another process removes what is being made
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tries === 1) throw error;
    }
}

/** From the top; the folder itself also where a file is in its place, so that making it says so. */
function missingOf(folder: string): string[] {
  if (isFolder(folder)) return [];
  const above = path.dirname(folder);
  return above === folder ? [] : [...missingOf(above), folder];
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !isFolder(folder)) throw error;
  }
}

function isFolder(folder: string): boolean {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
