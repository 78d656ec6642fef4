import path from "node:path";
import type { Files } from "../system/files.ts";
import { shellQuote } from "../util/shell-quote.ts";

/** Where a checkout is, as it was when something was given to it. */
export interface Place {
  /** The project's folder. */
  root: string;
  /** The file system that it was on. */
  device?: number;
  /** The folder of its repository, which every worktree of it shares. */
  common?: string;
  /** Of a linked worktree: what git calls it, and where the project is in it. */
  linked?: string;
  inside?: string;
}

type Looks = Pick<Files, "kind" | "device">;

/**
 * The folder of a checkout was removed, for good as far as can be seen. On a disk that is not mounted now it is not: what is there
 * above it lies on another file system then. Nor is a worktree that `git worktree lock` keeps, which is made for such disks.
 */
export async function isGone(files: Looks, { root, device, linked, common }: Place): Promise<boolean> {
  // one that cannot be looked at is not gone
  if ((await files.kind(root).catch(() => "other")) !== null) return false;
  if (linked !== undefined && common !== undefined) {
    const lock = path.join(common, "worktrees", linked, "locked");
    if ((await files.kind(lock).catch(() => "other")) !== null) return false;
  }
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
