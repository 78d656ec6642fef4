import {
  accessSync,
  chmodSync,
  constants,
  linkSync,
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
} from "node:fs";
import { realpathSync, renameSync, statSync, type Stats, unlinkSync, writeFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { decodeText } from "../../util/decode-text.ts";
import { makeFolder } from "./make-folder.ts";

/*
 * What is asked of files without a turn of the thread pool: that takes ten times as long as to read a small file, and a start
 * has hundreds of such questions between its command and its first app, one after the other. What ends in `Now` never throws;
 * the rest is what `Files` is made of, and throws what the call of Node throws.
 */

/** Empty where it cannot be listed. */
export const namesNow = (folder: string): string[] => orElse(() => readdirSync(folder), []);

/** null: it cannot be read. */
export const textNow = (file: string): string | null => orElse(() => decodeText(readFileSync(file)), null);

/** null: there is no such file, or none that may be looked at. */
export const realpathNow = (file: string): string | null => orElse(() => realpathSync.native(file), null);

/** null: the same. */
export const statNow = (file: string): Stats | null => orElse(() => statOf(file), null);

/** null: it is no link. */
export const linkNow = (file: string): string | null => orElse(() => readlinkSync(file), null);

export const mayRunNow = (file: string): boolean => orElse(() => (accessSync(file, constants.X_OK), true), false);

/** Not `rmSync`, which loads what it needs for whole folders. */
export const unlinkNow = (file: string): void => orElse(() => unlinkSync(file), undefined);

export function orElse<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** What cannot exist counts as missing: a name that no disk takes, a link that leads back to itself. */
const ABSENT = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP"]);

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

export function orNull<T>(call: () => T): T | null {
  try {
    return call();
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return null;
    throw error;
  }
}

/** null: not there. */
export const statOf = (file: string): Stats | null => orNull(() => statSync(file, { throwIfNoEntry: false }) ?? null);

/** Only a regular file at once: a pipe, as password managers make one of `.env`, waits for its writer. */
export async function text(file: string): Promise<string | null> {
  const there = statOf(file);
  if (there === null || there.isDirectory()) return null;
  return there.isFile() ? orNull(() => decodeText(readFileSync(file))) : readFile(file, "utf8");
}

export const names = (folder: string): string[] => (orNull(() => readdirSync(folder)) ?? []).toSorted();

export const real = (file: string): string | null => orNull(() => realpathSync.native(file));

/** Whole or not at all: written beside, and renamed. */
export function write(file: string, content: string, mode: number): void {
  makeFolder(path.dirname(file));
  const beside = besideOf(file);
  try {
    writeFileSync(beside, content, { mode });
    renameSync(beside, file);
  } catch (error) {
    unlinkNow(beside);
    throw aboutFile(error, beside, file);
  }
}

/** A file of the user's: what a link leads to, with the mode that it has. */
export function edit(file: string, content: string): void {
  const target = real(file) ?? file;
  const there = statOf(target);
  const mode = (there?.mode ?? 0o644) & 0o7777;
  write(target, content, mode);
  // what the umask has taken of it
  if (there) chmodSync(target, mode);
}

/** What a disk without hard links reports. */
const UNLINKABLE = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** With its content, so that no reader finds it empty; false where there is one. */
export function create(file: string, content: string): boolean {
  makeFolder(path.dirname(file));
  const beside = besideOf(file);
  try {
    writeFileSync(beside, content, { mode: 0o600 });
    linkOrWrite(beside, file, content);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw aboutFile(error, beside, file);
  } finally {
    unlinkNow(beside);
  }
}

function linkOrWrite(beside: string, file: string, content: string): void {
  try {
    linkSync(beside, file);
  } catch (error) {
    if (!UNLINKABLE.has(codeOf(error))) throw error;
    writeFileSync(file, content, { mode: 0o600, flag: "wx" });
  }
}

/** A whole folder takes as long as it is large: other work goes on meanwhile. */
export async function remove(file: string): Promise<void> {
  const there = orNull(() => lstatSync(file, { throwIfNoEntry: false }) ?? null);
  if (there === null) return;
  if (there.isDirectory()) await rm(file, { recursive: true, force: true });
  else orNull(() => unlinkSync(file));
}

const besideOf = (file: string): string => `${file}.${randomBytes(4).toString("hex")}.tmp`;

/** The temporary file beside it is no name that a user knows. */
function aboutFile(error: unknown, beside: string, file: string): unknown {
  if (!(error instanceof Error)) return error;
  error.message = error.message.replaceAll(beside, file);
  if ((error as NodeJS.ErrnoException).path === beside) (error as NodeJS.ErrnoException).path = file;
  return error;
}
