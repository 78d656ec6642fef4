import { randomBytes } from "node:crypto";
import { type Dirent, closeSync, constants, fstatSync, openSync, readFileSync, readdirSync, watch } from "node:fs";
import {
  access,
  link,
  mkdir,
  open,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import { makePrivate, makeTemporary, privacyOf } from "./private-folder.ts";

/** Files as the stages need them: a missing one is an answer (null), not an exception. */
export interface Files {
  /** UTF-8 text, or null where it does not exist or is no file. Other errors throw. */
  read(file: string): Promise<string | null>;
  /** As `read`; null also where it is a link, or another user's: its content is acted on. */
  readOwn(file: string): Promise<string | null>;
  /** Whole or not at all: written beside and renamed. `mode` defaults to 0600; folders are made with 0700. */
  write(file: string, text: string, mode?: number): Promise<void>;
  /** Creates the file only where none exists; false when there is one. The test-and-set of the lock. */
  create(file: string, text: string): Promise<boolean>;
  kind(file: string): Promise<"file" | "folder" | "other" | null>;
  /** What a folder holds, a link as a link; the error's code where it cannot be listed. Never throws. */
  entries(folder: string): FolderEntry[] | { error: string };
  /** The text of a regular file of at most `bytes`, without its byte order mark, lines ended by `\n`. Never throws. */
  readText(file: string, bytes: number): TextRead;
  /** The content of a regular file of at most `bytes`; null where there is none. Never throws. */
  readBytes(file: string, bytes: number): Buffer | null;
  executable(file: string): Promise<boolean>;
  /** Names in a folder, sorted; empty where it does not exist. */
  list(folder: string): Promise<string[]>;
  realpath(file: string): Promise<string | null>;
  /** The number of the file system that it is on; null where it does not exist or cannot be looked at. */
  device(file: string): Promise<number | null>;
  /** When it was last written; null where it does not exist. `file` may be relative to `base`. */
  modified(file: string, base?: string): Promise<Date | null>;
  /** When a file was last written: epoch ms with fractions (a Date rounds up); 0 where unreadable. Never throws. */
  savedAt(file: string): Promise<number>;
  /** Writes to the disk what was written to the file. Never throws. */
  flush(file: string): Promise<void>;
  /** Its file system is in memory: nothing of it is ever written to a disk. */
  isInMemory(file: string): Promise<boolean>;
  /** Calls back each time the file may have been written, removed or replaced, until the signal. Never throws. */
  watch(file: string, changed: () => void, signal: AbortSignal): void;
  /** The same for everything directly in a folder. */
  watchFolder(folder: string, changed: () => void, signal: AbortSignal): void;
  makeFolder(folder: string): Promise<void>;
  /** See private-folder.ts. */
  privacyOf: typeof privacyOf;
  makePrivate: typeof makePrivate;
  makeTemporary: typeof makeTemporary;
  rename(from: string, to: string): Promise<void>;
  /** Recursive; a missing one is fine. */
  remove(file: string): Promise<void>;
}

export interface FolderEntry {
  name: string;
  kind: "file" | "folder" | "link" | "other";
}

/** Text, or why there is none: too large, not text, or the error's code. */
export type TextRead = { text: string } | { error: string };

/** What cannot exist counts as missing: a name that no disk takes, a link that leads back to itself. */
const ABSENT = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP"]);

const absent = (error: NodeJS.ErrnoException): boolean => ABSENT.has(error.code ?? "");

const orNull = async <T>(promise: Promise<T>): Promise<T | null> => {
  try {
    return await promise;
  } catch (error) {
    if (absent(error as NodeJS.ErrnoException)) return null;
    throw error;
  }
};

function ownText(file: string): string | null {
  // a pipe that is put there has no reader wait
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { uid } = fstatSync(descriptor);
    return uid === process.getuid?.() ? readFileSync(descriptor, "utf8") : null;
  } finally {
    closeSync(descriptor);
  }
}

function watchNames(folder: string, changed: (name: string | null) => void, signal: AbortSignal): void {
  try {
    const watcher = watch(folder, { signal, persistent: false }, (_, name) => changed(name));
    watcher.on("error", () => {});
  } catch {
    // no watches are left, or the folder is gone: then a change counts from the next start on
  }
}

/** What a disk without hard links reports. */
const UNLINKABLE = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** Linux's number of the file system in memory. */
const TMPFS = 0x01021994;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

function kindOf(entry: Dirent): FolderEntry["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}

function contentOf(file: string, bytes: number): Buffer | { error: string } {
  let descriptor: number | null = null;
  try {
    // opening a pipe would wait for a writer
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = fstatSync(descriptor);
    if (!found.isFile()) return { error: "not a file" };
    if (found.size > bytes) return { error: `larger than ${Math.round(bytes / 1_024)} KB` };
    return readFileSync(descriptor);
  } catch (error) {
    return { error: codeOf(error) };
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function textOf(content: Buffer): TextRead {
  if (content.includes(0)) return { error: "not text" };
  return {
    text: content
      .toString("utf8")
      .replace(/^\uFEFF/, "")
      .replaceAll("\r\n", "\n"),
  };
}

/** The temporary file beside it is no name that a user knows. */
function aboutFile(error: unknown, beside: string, file: string): unknown {
  if (!(error instanceof Error)) return error;
  error.message = error.message.replaceAll(beside, file);
  if ((error as NodeJS.ErrnoException).path === beside) (error as NodeJS.ErrnoException).path = file;
  return error;
}

export const files: Files = {
  read: (file) => orNull(readFile(file, "utf8")),

  // at once: of the claims of other sessions there may be hundreds, and each is small
  readOwn: (file) => orNull(Promise.resolve().then(() => ownText(file))),

  async write(file, text, mode = 0o600) {
    await files.makeFolder(path.dirname(file));
    const beside = `${file}.${randomBytes(4).toString("hex")}.tmp`;
    try {
      await writeFile(beside, text, { mode });
      await rename(beside, file);
    } catch (error) {
      await rm(beside, { force: true });
      throw aboutFile(error, beside, file);
    }
  },

  async create(file, text) {
    await files.makeFolder(path.dirname(file));
    const beside = `${file}.${randomBytes(4).toString("hex")}.tmp`;
    try {
      await writeFile(beside, text, { mode: 0o600 });
      // created with its content: no reader finds it empty
      await link(beside, file).catch(async (error: NodeJS.ErrnoException) => {
        if (!UNLINKABLE.has(error.code ?? "")) throw error;
        await writeFile(file, text, { mode: 0o600, flag: "wx" });
      });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw aboutFile(error, beside, file);
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

  // without a hop to another thread for each of thousands of small files: a fifth of the time
  entries(folder) {
    try {
      return readdirSync(folder, { withFileTypes: true }).map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
    } catch (error) {
      return { error: codeOf(error) };
    }
  },

  readText(file, bytes) {
    const content = contentOf(file, bytes);
    return "error" in content ? content : textOf(content);
  },

  readBytes(file, bytes) {
    const content = contentOf(file, bytes);
    return "error" in content ? null : content;
  },

  executable: (file) =>
    access(file, constants.X_OK).then(
      () => true,
      () => false,
    ),

  list: async (folder) => ((await orNull(readdir(folder))) ?? []).toSorted(),
  realpath: (file) => orNull(realpath(file)),
  modified: async (file, base = "/") => (await orNull(stat(path.resolve(base, file))))?.mtime ?? null,

  async device(file) {
    return (await stat(file).catch(() => null))?.dev ?? null;
  },

  async savedAt(file) {
    return (await stat(file).catch(() => null))?.mtimeMs ?? 0;
  },

  async flush(file) {
    const handle = await open(file, "r").catch(() => null);
    await handle?.sync().catch(() => {});
    await handle?.close();
  },

  isInMemory: (file) =>
    statfs(path.dirname(file)).then(
      ({ type }) => type === TMPFS,
      () => false,
    ),

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

  privacyOf,
  makePrivate,
  makeTemporary,
  rename,
  remove: (file) => rm(file, { recursive: true, force: true }),
};
