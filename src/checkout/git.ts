import path from "node:path";
import type { Files } from "../system/files/files.ts";
import { upwards } from "../util/paths.ts";

/** A working tree of a git repository, as its own files describe it: git itself is not started. */
export interface Checkout {
  /** Its top folder. */
  folder: string;
  /** The name git gave it; null: the main working tree, or a clone. */
  linked: string | null;
  /** Null on a detached HEAD. */
  branch: string | null;
  /** The folder of the repository that all of its working trees share. */
  common: string;
  /** The top folder of the main working tree; null of a bare repository, which has none. */
  main: string | null;
}

type Reads = Pick<Files, "read" | "kind" | "realpath">;

/** The working tree that a folder is in; null: none, or one whose files are not as git writes them. */
export async function checkoutOf(files: Reads, inside: string): Promise<Checkout | null> {
  const folder = await topOf(files, inside);
  if (folder === null) return null;
  const entry = path.join(folder, ".git");
  if ((await files.kind(entry)) === "folder") {
    return { folder, linked: null, branch: await branchOf(files, entry), common: entry, main: folder };
  }
  const pointer = /^gitdir:\s*(.+?)\s*$/m.exec((await read(files, entry)) ?? "")?.[1];
  if (pointer === undefined) return null;
  const gitdir = path.resolve(folder, pointer);
  const branch = await branchOf(files, gitdir);
  const shared = (await read(files, path.join(gitdir, "commondir")))?.trim();
  // a submodule has a pointer too, and a repository of its own
  if (!shared) return { folder, linked: null, branch, common: gitdir, main: folder };
  const resolved = path.resolve(gitdir, shared);
  const common = (await files.realpath(resolved)) ?? resolved;
  const main = path.basename(common) === ".git" ? path.dirname(common) : null;
  return { folder, linked: path.basename(gitdir), branch, common, main };
}

/** The branch that a folder is on; null: none, or it is in no repository. */
export const branchAt = async (files: Reads, folder: string): Promise<string | null> =>
  (await checkoutOf(files, folder).catch(() => null))?.branch ?? null;

async function topOf(files: Reads, inside: string): Promise<string | null> {
  for (const folder of upwards(inside))
    if ((await files.kind(path.join(folder, ".git")).catch(() => null)) !== null) return folder;
  return null;
}

async function branchOf(files: Reads, gitdir: string): Promise<string | null> {
  const head = await read(files, path.join(gitdir, "HEAD"));
  return /^ref: refs\/heads\/(.+?)\s*$/.exec(head ?? "")?.[1] ?? null;
}

/** Working trees of one repository, or clones of one: they share what they are cloned from, or one is that. */
export async function isSameRepository(files: Reads, one: Checkout, other: Checkout): Promise<boolean> {
  if (one.common === other.common) return true;
  const [first, second] = await Promise.all([originOf(files, one), originOf(files, other)]);
  if (first !== null && first === second) return true;
  return first === other.folder || second === one.folder;
}

async function originOf(files: Reads, { common, folder }: Checkout): Promise<string | null> {
  const config = (await read(files, path.join(common, "config"))) ?? "";
  const [, section = ""] = /\[remote "origin"\]([^[]*)/.exec(config) ?? [];
  const url = /^\s*url\s*=\s*(.+?)\s*$/m.exec(section)?.[1];
  if (url === undefined) return null;
  const isFolder = /^[./]/.test(url);
  const at = isFolder ? path.resolve(folder, url) : url;
  const plain = at.replace(/\/+$/, "").replace(/(?:\/\.git|\.git)$/, "");
  return isFolder ? ((await files.realpath(plain)) ?? plain) : plain;
}

const read = (files: Reads, file: string): Promise<string | null> => files.read(file).catch(() => null);
