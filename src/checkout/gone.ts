import path from "node:path";
import type { Files } from "../system/files/files.ts";
import { shellQuote } from "../util/shell-quote.ts";

/** Where a checkout is, as it was when something was given to it. */
export interface CheckoutPlace {
  /** The project's folder. */
  root: string;
  /** The file system that it was on. */
  device?: number;
  /** The folder of its repository, which every worktree of it shares. */
  common?: string;
  /** For a linked worktree: what git calls it, and where the project is in it. */
  linked?: string;
  inside?: string;
}

type Looks = Pick<Files, "kind" | "device">;

/**
 * A checkout was removed, for good as far as can be seen: its folder is missing, or is no worktree that git knows (a program that still
 * ran has written there again). On a disk that is not mounted now it is not: what is there above it lies on another file system then. Nor
 * is a worktree that `git worktree lock` keeps, which is made for such disks.
 */
export async function isGone(
  files: Looks,
  { root, device, linked, common, inside = "" }: CheckoutPlace,
): Promise<boolean> {
  // what cannot be looked at is not gone
  const kindOf = (file: string): Promise<string | null> => files.kind(file).catch(() => "other");
  const isThere = (await kindOf(root)) !== null;
  if (linked !== undefined && common !== undefined) {
    const known = path.join(common, "worktrees", linked);
    if ((await kindOf(path.join(known, "locked"))) !== null) return false;
    // git takes its own file with it; `git worktree prune`, while the worktree's disk was away, leaves it there
    const own = path.join(root, path.relative(path.join("/", inside), "/"), ".git");
    if (isThere)
      return (await kindOf(own)) === null && (await kindOf(common)) === "folder" && (await kindOf(known)) === null;
  }
  if (isThere) return false;
  return device === undefined || (await nearestDevice(files, path.dirname(root))) === device;
}

/** What gives back all that a missing folder holds, once it is known to be deleted. */
export const forgetMissing = (root: string): string =>
  `mkdir -p ${shellQuote(root)} && devpm -C ${shellQuote(root)} down --forget`;

async function nearestDevice(files: Looks, folder: string): Promise<number | null> {
  for (let above = folder; ; above = path.dirname(above)) {
    const device = await files.device(above);
    if (device !== null || above === path.dirname(above)) return device;
  }
}
