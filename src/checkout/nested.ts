import path from "node:path";
import type { Files } from "../system/files/files.ts";
import { checkoutOf } from "./git.ts";

type Reads = Pick<Files, "read" | "kind" | "realpath" | "list">;

/** Other working trees of the same repository that are inside of this folder: `git worktree add ./trees/login`. */
export async function nestedWorktrees(files: Reads, root: string): Promise<string[]> {
  const checkout = await checkoutOf(files, root).catch(() => null);
  if (checkout === null) return [];
  const known = path.join(checkout.common, "worktrees");
  const names = await files.list(known);
  const folders = await Promise.all(names.map((name) => folderOf(files, path.join(known, name))));
  return folders.filter((folder) => folder !== null).filter((folder) => folder.startsWith(`${root}${path.sep}`));
}

/** Where git's own notes about a worktree say that it is; relative ones start from where they stand. */
async function folderOf(files: Reads, notes: string): Promise<string | null> {
  const entry = (await files.read(path.join(notes, "gitdir")).catch(() => null))?.trim();
  return entry ? files.realpath(path.dirname(path.resolve(notes, entry))) : null;
}
