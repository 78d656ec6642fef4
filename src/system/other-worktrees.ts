import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isBelow, upwards } from "../util/paths.ts";
import { realpathNow } from "./files/files-now.ts";

/** Which files are those of another working tree of the repository: one may be added inside of this one at any time. */
export function otherWorktrees(inside: string): (file: string) => boolean {
  const top = upwards(inside).find((folder) => repositoryOf(folder) !== null);
  const repository = top === undefined ? null : repositoryOf(top);
  if (top === undefined || repository === null) return () => false;
  const known = new Set<string>();
  return (file) => {
    const folders = upwards(file).filter((folder) => isBelow(folder, top));
    const other = folders.find((folder) => repositoryOf(folder) === repository);
    if (other !== undefined) known.add(other);
    // a worktree that is removed loses its `.git` before its other files
    return other !== undefined || (folders.some((folder) => known.has(folder)) && !existsSync(file));
  };
}

/** What all working trees of a repository share, where one of them begins here; of a submodule its own. */
function repositoryOf(folder: string): string | null {
  const entry = path.join(folder, ".git");
  try {
    return shared(folder, readFileSync(entry, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EISDIR" ? realpathNow(entry) : null;
  }
}

function shared(folder: string, pointer: string): string | null {
  const notes = path.resolve(folder, /^gitdir:\s*(.+?)\s*$/m.exec(pointer)?.[1] ?? "");
  const above = path.dirname(notes);
  return realpathNow(path.basename(above) === "worktrees" ? path.dirname(above) : notes);
}
