import path from "node:path";

/** What could not be read, and why. */
export interface Unread {
  path: string;
  why: string;
}

/** A repository as detection sees it: read once, with bounds; every rule works on this and reads nothing else. */
export interface Repository {
  /** The name of its folder. */
  name: string;
  /** Relative to the root, with `/`, sorted. */
  files: readonly string[];
  /** Files that a rule might need and that are missing. */
  unread: readonly Unread[];
  has(file: string): boolean;
  hasFolder(folder: string): boolean;
  /** Files directly in a folder, by name. */
  names(folder: string): readonly string[];
  /** Folders directly in a folder, by name. */
  folders(folder: string): readonly string[];
  /** null: not there, or not read. */
  text(file: string): string | null;
  /** What a reader makes of a text; each file is read by it once. */
  parsed<T>(file: string, reader: (text: string | null) => T): T;
  /** false once the time for detection is used up: what is optional is then left out. */
  inTime(): boolean;
}

export interface Contents {
  name: string;
  /** Path → text; null: it exists and was not read. */
  files: ReadonlyMap<string, string | null>;
  unread?: readonly Unread[];
  inTime?: () => boolean;
}

export function snapshot({ name, files, unread = [], inTime = () => true }: Contents): Repository {
  const sorted = [...files.keys()].toSorted();
  const names = new Map<string, string[]>();
  const folders = new Map<string, Set<string>>([[".", new Set()]]);
  for (const file of sorted) {
    const folder = path.posix.dirname(file);
    const beside = names.get(folder);
    if (beside) beside.push(path.posix.basename(file));
    else names.set(folder, [path.posix.basename(file)]);
    addFolder(folders, folder);
  }
  const results = new Map<unknown, Map<string, unknown>>();
  return {
    name,
    files: sorted,
    unread,
    has: (file) => files.has(path.posix.normalize(file)),
    hasFolder: (folder) => folders.has(path.posix.normalize(folder)),
    names: (folder) => names.get(path.posix.normalize(folder)) ?? [],
    folders: (folder) => [...(folders.get(path.posix.normalize(folder)) ?? [])],
    parsed: <T>(file: string, reader: (text: string | null) => T): T => {
      const known = results.get(reader) ?? new Map<string, unknown>();
      results.set(reader, known);
      const at = path.posix.normalize(file);
      if (!known.has(at)) known.set(at, reader(files.get(at) ?? null));
      return known.get(at) as T;
    },
    // rules ask thousands of times, mostly for a path of the listing, which is normal
    text: (file) => {
      const known = files.get(file);
      return known === undefined ? (files.get(path.posix.normalize(file)) ?? null) : known;
    },
    inTime,
  };
}

function addFolder(folders: Map<string, Set<string>>, folder: string): void {
  if (folders.has(folder)) return;
  folders.set(folder, new Set());
  const parent = path.posix.dirname(folder);
  addFolder(folders, parent);
  folders.get(parent)?.add(path.posix.basename(folder));
}
