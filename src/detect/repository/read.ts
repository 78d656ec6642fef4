import path from "node:path";
import ignore, { type Ignore } from "ignore";
import { whyCostly } from "../../model/glob-cost.ts";
import type { Clock } from "../../system/clock.ts";
import type { Files, FolderEntry } from "../../system/files/files.ts";
import { groupBy } from "../../util/group.ts";
import { type Repository, type Unread, snapshot } from "./snapshot.ts";
import { trackedFolders } from "./tracked.ts";
import {
  STACK,
  STACK_BYTES,
  isGuessed,
  isInterpreterFolder,
  isOfInterpreter,
  isProject,
  isSkippedFolder,
  partsNamedBy,
  wanted,
} from "./wanted.ts";

/** After this many milliseconds nothing more is listed, read or parsed: `init` ends within two seconds. */
const LISTING_MS = 500;
const READING_MS = 900;
const PARSING_MS = 1_200;
/**
 * The share that counts of time in which it neither runs nor waits for the CPU: a disk is waited for. While other programs
 * have the CPU no time passes: the answer is then late, not poorer.
 */
const WALL_SHARE = 0.6;

const FOLDERS = 25_000;
const FILES = 60_000;
const DEPTH = 12;
/** Limit on files of one kind, upper ones first: ten thousand packages leave time for the rest. */
const OF_ONE_KIND = 1_500;
/** Of all texts together. */
const BYTES = 48 * 1_048_576;
const AT_ONCE = 64;

export interface Outside {
  files: Pick<Files, "entries" | "readText" | "readBytes" | "realpath" | "kind">;
  clock: Pick<Clock, "monotonic" | "cpu" | "waited">;
}

/**
 * Lists and reads a repository, with bounds on depth, count, size and time. A link is followed only to a file within the
 * repository, so nothing outside of it is read and no cycle of links is followed.
 */
export async function readRepository(root: string, outside: Outside): Promise<Repository> {
  const elapsed = stopwatch(outside.clock);
  const within = (ms: number) => (): boolean => elapsed() < ms;
  const unread: Unread[] = [];
  // read where a folder is ignored, and once
  let asked: Promise<ReadonlySet<string>> | null = null;
  const tracked = async (folder: string): Promise<boolean> =>
    (await (asked ??= trackedFolders(root, outside.files))).has(folder);
  const listed = await listFiles(root, { ...outside, tracked }, within(LISTING_MS), unread);
  const files = await readTexts(root, listed, outside, within(READING_MS), unread);
  return snapshot({ name: path.basename(root), files, unread, inTime: within(PARSING_MS) });
}

/** What both clocks say is asked of the kernel, which takes as long as to parse a small file: once in so many milliseconds is enough. */
const STEP_MS = 5;

function stopwatch(clock: Outside["clock"]): () => number {
  const [began, cpu, waited] = [clock.monotonic(), clock.cpu(), clock.waited()];
  let asked = began;
  let elapsed = 0;
  return () => {
    const now = clock.monotonic();
    if (now - asked < STEP_MS) return elapsed;
    asked = now;
    elapsed = Math.max(clock.cpu() - cpu, (now - began - (clock.waited() - waited)) * WALL_SHARE);
    return elapsed;
  };
}

interface Level {
  folder: string;
  ignored: readonly Rules[];
}

interface Rules {
  folder: string;
  rules: Ignore;
}

/** Whether git tracks a file in this folder. */
interface Listing extends Outside {
  tracked: (folder: string) => Promise<boolean>;
}

async function listFiles(root: string, outside: Listing, inTime: () => boolean, unread: Unread[]): Promise<string[]> {
  const found: string[] = [];
  let level: Level[] = [{ folder: ".", ignored: [] }];
  let folders = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === DEPTH) return stopped(found, unread, `folders more than ${DEPTH} deep`);
    const next: Level[] = [];
    for (let at = 0; at < level.length; at += AT_ONCE) {
      if (!inTime())
        return stopped(found, unread, `the rest of the repository, after ${folders} folders`, "out of time");
      if (folders > FOLDERS || found.length > FILES)
        return stopped(found, unread, `the rest of the repository, after ${folders} folders`);
      const some = level.slice(at, at + AT_ONCE);
      folders += some.length;
      const results = await Promise.all(some.map((one) => listFolder(root, one, outside, unread)));
      for (const { files, deeper } of results) {
        found.push(...files);
        next.push(...deeper);
      }
    }
    level = next;
  }
  return found;
}

function stopped(found: string[], unread: Unread[], what: string, why = "too much to look at"): string[] {
  unread.push({ path: what, why });
  return found;
}

async function listFolder(root: string, { folder, ignored }: Level, outside: Listing, unread: Unread[]) {
  const nothing = { files: [] as string[], deeper: [] as Level[] };
  const entries = outside.files.entries(path.join(root, folder));
  if ("error" in entries) {
    unread.push({ path: folder, why: entries.error });
    return nothing;
  }
  const names = entries.map(({ name }) => name);
  const isInterpreter = isInterpreterFolder(names);
  if (isInterpreter && !isProject(folder, names)) return nothing;
  const rules = await withOwnRules(root, folder, entries, ignored, outside);
  const files = await Promise.all(
    entries.map((entry) => asFile(root, path.posix.join(folder, entry.name), entry, outside, unread)),
  );
  const deeper: Level[] = [];
  for (const { kind, name } of entries) {
    const inside = path.posix.join(folder, name);
    if (kind !== "folder" || isSkippedFolder(name) || (isInterpreter && isOfInterpreter(name))) continue;
    // what was committed all the same is people's own
    if (!isIgnored(`${inside}/`, rules) || (await outside.tracked(inside)))
      deeper.push({ folder: inside, ignored: rules });
  }
  return { files: files.filter((file) => file !== null), deeper };
}

/** The path of a regular file, or of one within the repository that a link leads to. */
async function asFile(root: string, file: string, { kind }: FolderEntry, outside: Outside, unread: Unread[]) {
  if (kind === "file") return file;
  if (kind !== "link") return null;
  const target = await outside.files.realpath(path.join(root, file)).catch(() => null);
  if (target === null || target === root) return null;
  if (!target.startsWith(`${root}${path.sep}`)) {
    unread.push({ path: file, why: "a link that leads out of the repository" });
    return null;
  }
  return (await outside.files.kind(target).catch(() => null)) === "file" ? file : null;
}

/** Folders that the repository ignores are generated or installed. Ignored files are read: `.env` is one. */
async function withOwnRules(
  root: string,
  folder: string,
  entries: readonly FolderEntry[],
  ignored: readonly Rules[],
  { files }: Outside,
): Promise<readonly Rules[]> {
  if (!entries.some(({ name, kind }) => name === ".gitignore" && kind === "file")) return ignored;
  const read = files.readText(path.join(root, folder, ".gitignore"), 65_536);
  if (!("text" in read)) return ignored;
  // one that its library would match for years ignores nothing: the folder is searched
  const lines = read.text.split("\n").filter((line) => whyCostly(line) === null);
  return [...ignored, { folder, rules: ignore().add(lines) }];
}

const isIgnored = (folder: string, ignored: readonly Rules[]): boolean =>
  ignored.some(({ folder: from, rules }) => rules.ignores(path.posix.relative(from, folder) + "/"));

interface Reading {
  file: string;
  bytes: number;
}

async function readTexts(
  root: string,
  listed: readonly string[],
  { files }: Outside,
  inTime: () => boolean,
  unread: Unread[],
): Promise<Map<string, string | null>> {
  const texts = new Map<string, string | null>(listed.map((file) => [file, null]));
  const order = listed
    .flatMap((file) => {
      const how = wanted(file);
      return how ? [{ file, ...how }] : [];
    })
    .toSorted((a, b) => a.order - b.order);
  const kinds = groupBy(order, ({ order: rank }) => Math.floor(rank / 100));
  const taken: Reading[] = [...kinds.values()].flatMap((same) => same.slice(0, OF_ONE_KIND));
  if (taken.length < order.length)
    unread.push({ path: `${order.length - taken.length} of ${order.length} files`, why: "too much to look at" });
  const parts = new Set<string>();
  // right after the compose file, and once; they may have parts in turn
  const partsOf = (file: string, text: string): Reading[] =>
    partsNamedBy(file, text)
      .filter((part) => texts.get(part) === null && wanted(part) === null && !parts.has(part))
      .slice(0, AT_ONCE)
      .map((part) => {
        parts.add(part);
        return { file: part, bytes: STACK_BYTES };
      });
  let room = BYTES;
  while (taken.length > 0) {
    if (!inTime() || room < 0) {
      unread.push({ path: `${taken.length} files`, why: inTime() ? "too much to look at" : "out of time" });
      return texts;
    }
    const some = taken.splice(0, AT_ONCE);
    const read = some.map(({ file, bytes }) => files.readText(path.join(root, file), bytes));
    for (const [index, result] of read.entries()) {
      const file = some[index]?.file ?? "";
      if ("text" in result) {
        texts.set(file, result.text);
        room -= result.text.length;
        if (STACK.test(file) || parts.has(file)) taken.unshift(...partsOf(file, result.text));
      } else if (!isGuessed(file)) unread.push({ path: file, why: result.error });
    }
  }
  return texts;
}
