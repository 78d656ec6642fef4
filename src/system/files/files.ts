import { type Dirent, closeSync, constants, fstatSync, openSync, readFileSync, readdirSync } from "node:fs";
import { renameSync, watch } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { decodeText } from "../../util/decode-text.ts";
import * as now from "./files-now.ts";
import { codeOf, orNull, statNow, statOf } from "./files-now.ts";
import { isInMemory } from "./in-memory.ts";
import { makeFolder } from "./make-folder.ts";
import { makePrivate, makeTemporary, privacyOf } from "./private-folder.ts";

/** Files as the stages need them: a missing one is an answer (null), not an exception. */
export interface Files {
  /** Its text, or null where it does not exist or is no file. Other errors throw. */
  read(file: string): Promise<string | null>;
  /** As `read`; null also where it is a link, or another user's: its content is acted on. */
  readOwn(file: string): Promise<string | null>;
  /** Whole or not at all: written beside and renamed. `mode` defaults to 0600; folders are made with 0700. */
  write(file: string, text: string, mode?: number): Promise<void>;
  /** A file of the user's: what a link leads to, and with its mode; else a new one. */
  edit(file: string, text: string): Promise<void>;
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
  /** The same, and when it was last written, moved there or given another mode; zeros where unreadable. Never throws. */
  times(file: string): Promise<{ saved: number; changed: number }>;
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
  const text = decodeText(content);
  if (text.includes("\0")) return { error: "not text" };
  return { text: text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n") };
}

export const files: Files = {
  read: now.text,
  readOwn: async (file) => orNull(() => ownText(file)),
  write: async (file, text, mode = 0o600) => now.write(file, text, mode),
  edit: async (file, text) => now.edit(file, text),
  create: async (file, text) => now.create(file, text),

  async kind(file) {
    const there = statOf(file);
    if (!there) return null;
    if (there.isFile()) return "file";
    return there.isDirectory() ? "folder" : "other";
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

  executable: async (file) => now.mayRunNow(file),
  list: async (folder) => now.names(folder),
  realpath: async (file) => now.real(file),
  modified: async (file, base = "/") => statOf(path.resolve(base, file))?.mtime ?? null,
  device: async (file) => statNow(file)?.dev ?? null,
  savedAt: async (file) => statNow(file)?.mtimeMs ?? 0,
  async times(file) {
    const { mtimeMs: saved, ctimeMs: changed } = statNow(file) ?? { mtimeMs: 0, ctimeMs: 0 };
    return { saved, changed };
  },

  async flush(file) {
    const handle = await open(file, "r").catch(() => null);
    await handle?.sync().catch(() => {});
    await handle?.close();
  },

  isInMemory,

  // its folder: what is renamed over a file is another file
  watch: (file, changed, signal) =>
    watchNames(
      path.dirname(file),
      (name) => (name === null || name === path.basename(file) ? changed() : undefined),
      signal,
    ),

  watchFolder: (folder, changed, signal) => watchNames(folder, changed, signal),

  makeFolder: async (folder) => makeFolder(folder),

  privacyOf,
  makePrivate,
  makeTemporary,
  rename: async (from, to) => renameSync(from, to),
  remove: now.remove,
};
