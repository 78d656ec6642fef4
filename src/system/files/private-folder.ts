import { type Dirent, accessSync, chmodSync, constants, lstatSync } from "node:fs";
import { mkdtempSync, readdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "./make-folder.ts";
import { orElse } from "./files-now.ts";

/** What another user of this machine could do to a folder. */
export type Privacy =
  /** Nothing. */
  | { state: "private" }
  /** Write into it: it is this user's, and can be made private. */
  | { state: "open" }
  /** Replace it, or they have: nothing in it can be trusted. */
  | { state: "unsafe"; reason: string };

const OTHERS_WRITE = 0o002;
const GROUP_OR_OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

const self = (): number => process.getuid?.() ?? 0;

/** Root may do as it likes in any case. */
const isTrusted = (uid: number): boolean => uid === 0 || uid === self();

/** Changes nothing, and does not look into it. A folder that is not there yet is judged by where it would be made. */
export async function privacyOf(folder: string): Promise<Privacy> {
  const there = nearest(folder);
  const real = orElse(() => realpathSync.native(there), null);
  if (real === null) return { state: "unsafe", reason: `${there} is a link that leads nowhere` };
  const reason = replaceable(real);
  if (reason !== null) return { state: "unsafe", reason };
  if (there !== folder) return { state: "private" };
  const link = lstatSync(folder);
  const { uid, mode } = isTrusted(link.uid) ? lstatSync(real) : link;
  if (!isTrusted(uid)) return { state: "unsafe", reason: `${folder} belongs to another user (uid ${uid})` };
  if ((mode & GROUP_OR_OTHERS_WRITE) === 0) return { state: "private" };
  return uid === self()
    ? { state: "open" }
    : { state: "unsafe", reason: `${folder} can be written by other users, and is not this user's to close` };
}

/**
 * Makes a folder that only this user can write to, or returns why not. An open one is closed where `isOwn` knows all
 * in it. What others may have put into it while it was open is looked for each time: closing it does not remove that.
 */
export async function makePrivate(
  folder: string,
  { isOwn, deep }: { isOwn: (name: string) => boolean; deep: boolean },
): Promise<Privacy> {
  makeFolder(folder);
  const found = await privacyOf(folder);
  if (found.state === "unsafe") return found;
  const names = readdirSync(folder);
  if (found.state === "open" && !names.every(isOwn))
    return { state: "unsafe", reason: `${folder} can be written by other users` };
  if (found.state === "open") chmodSync(folder, 0o700);
  const planted = plantedIn(folder, deep);
  return planted === null ? { state: "private" } : { state: "unsafe", reason: planted };
}

/** A fresh folder with an unpredictable name, in the first of these where no other user could replace it; else null. */
export async function makeTemporary(parents: readonly string[], prefix: string): Promise<string | null> {
  for (const parent of parents) {
    const made = temporaryIn(parent, prefix);
    if (made !== null) return made;
  }
  return null;
}

function temporaryIn(parent: string, prefix: string): string | null {
  try {
    const real = realpathSync.native(parent);
    accessSync(real, constants.W_OK | constants.X_OK);
    return replaceable(path.join(real, prefix)) === null ? mkdtempSync(path.join(real, prefix)) : null;
  } catch {
    return null;
  }
}

/** Who may rename a folder: the owner of one above it, or who may write there (not where a sticky bit forbids it). */
function replaceable(real: string): string | null {
  // in a user namespace that does not know root, its folders belong to the user "nobody"
  const trusted = new Set([0, self(), lstatSync("/").uid]);
  for (let above = path.dirname(real); ; above = path.dirname(above)) {
    const { uid, mode } = lstatSync(above);
    if (!trusted.has(uid)) return `${above}, which it lies in, belongs to another user (uid ${uid})`;
    if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0)
      return `${above}, which it lies in, can be written by every user`;
    if (above === path.dirname(above)) return null;
  }
}

function nearest(folder: string): string {
  for (let at = path.resolve(folder); ; at = path.dirname(at))
    if (ownerOf(at) !== null || at === path.dirname(at)) return at;
}

/**
 * The first thing in a folder that another user has put there: a link also belongs to its creator. At once: there may be
 * hundreds of files, each looked at in microseconds, where a turn of the thread pool for each made a start wait.
 */
function plantedIn(folder: string, deep: boolean): string | null {
  for (const entry of entriesOf(folder)) {
    // not `path.join`, which takes a name for a path: there are hundreds
    const file = `${folder}/${entry.name}`;
    const uid = ownerOf(file);
    if (uid !== null && !isTrusted(uid)) return `${file} belongs to another user (uid ${uid})`;
    const inside = deep && entry.isDirectory() ? plantedIn(file, deep) : null;
    if (inside !== null) return inside;
  }
  return null;
}

/** null: not there, or gone by now, as what another session writes may be. */
const ownerOf = (file: string): number | null => orElse(() => lstatSync(file).uid, null);

const entriesOf = (folder: string): Dirent[] => orElse(() => readdirSync(folder, { withFileTypes: true }), []);
