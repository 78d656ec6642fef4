import { randomBytes } from "node:crypto";
import { constants, watch } from "node:fs";
import { access, link, mkdir, readFile, readdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

/** Files as the rooms need them: a missing one is an answer (null), not an exception. */
export interface Files {
  /** UTF-8 text, or null where it does not exist or is no file. Other errors throw. */
  read(file: string): Promise<string | null>;
  /** Whole or not at all: written beside and renamed. `mode` defaults to 0600; folders are made with 0700. */
  write(file: string, text: string, mode?: number): Promise<void>;
  /** Creates the file only where none exists; false when there is one. The test-and-set of the lock. */
  create(file: string, text: string): Promise<boolean>;
  kind(file: string): Promise<"file" | "folder" | "other" | null>;
  executable(file: string): Promise<boolean>;
  /** Names in a folder, sorted; empty where it does not exist. */
  list(folder: string): Promise<string[]>;
  realpath(file: string): Promise<string | null>;
  /** When it was last written; null where it does not exist. `file` may be relative to `base`. */
  modified(file: string, base?: string): Promise<Date | null>;
  /** The latest modification in a tree (or of one file), in ms; 0 where nothing is wanted. */
  newest(root: string, wanted: (name: string) => boolean, skipFolder: (name: string) => boolean): Promise<number>;
  /** Calls back each time the file may have been written, removed or replaced, until the signal. Never throws. */
  watch(file: string, changed: () => void, signal: AbortSignal): void;
  /** The same for everything directly in a folder. */
  watchFolder(folder: string, changed: () => void, signal: AbortSignal): void;
  makeFolder(folder: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Recursive; a missing one is fine. */
  remove(file: string): Promise<void>;
}

const absent = (error: NodeJS.ErrnoException): boolean =>
  error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EISDIR";

const orNull = async <T>(promise: Promise<T>): Promise<T | null> => {
  try {
    return await promise;
  } catch (error) {
    if (absent(error as NodeJS.ErrnoException)) return null;
    throw error;
  }
};

function watchNames(folder: string, changed: (name: string | null) => void, signal: AbortSignal): void {
  try {
    const watcher = watch(folder, { signal, persistent: false }, (_, name) => changed(name));
    watcher.on("error", () => {});
  } catch {
    // no watches are left, or the folder is gone: then a change counts from the next start on
  }
}

/** What a disk without hard links says. */
const UNLINKABLE = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

export const files: Files = {
  read: (file) => orNull(readFile(file, "utf8")),

  async write(file, text, mode = 0o600) {
    await files.makeFolder(path.dirname(file));
    const beside = `${file}.${randomBytes(4).toString("hex")}.tmp`;
    try {
      await writeFile(beside, text, { mode });
      await rename(beside, file);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  },

  async create(file, text) {
    await files.makeFolder(path.dirname(file));
    const beside = `${file}.${randomBytes(4).toString("hex")}.tmp`;
    try {
      await writeFile(beside, text, { mode: 0o600 });
      // whole at once: nobody finds it empty
      await link(beside, file).catch(async (error: NodeJS.ErrnoException) => {
        if (!UNLINKABLE.has(error.code ?? "")) throw error;
        await writeFile(file, text, { mode: 0o600, flag: "wx" });
      });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      await rm(beside, { force: true });
    }
  },

  async kind(file) {
    const found = await orNull(stat(file));
    if (!found) return null;
    if (found.isFile()) return "file";
    return found.isDirectory() ? "folder" : "other";
  },

  executable: (file) =>
    access(file, constants.X_OK).then(
      () => true,
      () => false,
    ),

  list: async (folder) => ((await orNull(readdir(folder))) ?? []).toSorted(),
  realpath: (file) => orNull(realpath(file)),
  modified: async (file, base = "/") => (await orNull(stat(path.resolve(base, file))))?.mtime ?? null,

  async newest(root, wanted, skipFolder) {
    const found = await orNull(stat(root));
    if (!found?.isDirectory()) return found && wanted(path.basename(root)) ? found.mtimeMs : 0;
    const entries = (await orNull(readdir(root, { withFileTypes: true }))) ?? [];
    const looked = entries.filter((entry) => (entry.isDirectory() ? !skipFolder(entry.name) : wanted(entry.name)));
    const times = await Promise.all(looked.map(({ name }) => files.newest(path.join(root, name), wanted, skipFolder)));
    return Math.max(0, ...times);
  },

  // its folder: what is renamed over a file is another file
  watch: (file, changed, signal) =>
    watchNames(
      path.dirname(file),
      (name) => (name === null || name === path.basename(file) ? changed() : undefined),
      signal,
    ),

  watchFolder: (folder, changed, signal) => watchNames(folder, changed, signal),

  async makeFolder(folder) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  },

  rename,
  remove: (file) => rm(file, { recursive: true, force: true }),
};
