import { createLevelFilter } from "../logs/level.ts";
import { mergeRecords } from "../logs/merge.ts";
import { newestFirst } from "../logs/past.ts";
import { shownLine } from "../logs/lines.ts";
import { decodeRecords, timeOf, type LogRecord } from "../logs/record.ts";
import { appsWithLogs, segmentsOf } from "../logs/segments.ts";
import type { LineQuery, LinesAnswer, PageLine, PageSave } from "../model/page.ts";
import type { LogFiles } from "../system/logs/log-files.ts";
import { plainLine } from "../util/text.ts";
import { excerptOf } from "./excerpt.ts";

export interface LineFinder {
  logFiles: LogFiles;
  /** Gives a pattern of the user's a limit of time. */
  bounded: (pattern: RegExp) => Wanted;
}

/** What is searched for in a line's plain text. */
interface Wanted {
  test(line: string): boolean;
  /** -1: nowhere. */
  indexIn(line: string): number;
}

/** Characters in one answer: an app may print lines of a megabyte. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** Saves that the page's chart shows. */
const MOST_SAVES = 500;

/** Lines of the history, from the end of the files where they are newest. */
export function findLines({ logFiles, bounded }: LineFinder, folder: string, query: LineQuery): LinesAnswer {
  const apps = query.apps.length > 0 ? query.apps : appsWithLogs(logFiles.names(folder));
  const forwards = query.after !== null;
  const wanted = wantedOf(bounded, query);
  // a level follows tracebacks, so it must see lines in the order in which they were printed
  if (!forwards && query.level !== null) {
    return lastOf(findInOrder(logFiles, { folder, apps }, query, acceptor(wanted, query)), wanted, query);
  }
  const streams = apps.map((app) =>
    forwards ? recordsFrom(logFiles, folder, app, query.since) : recordsBack(logFiles, folder, app),
  );
  const accept = acceptor(wanted, query);
  const lines: PageLine[] = [];
  let isEnd = true;
  let characters = 0;
  for (const record of mergeRecords(streams, forwards ? 1 : -1)) {
    if (!forwards && query.since !== null && record.at < query.since) break;
    if (!isBetween(record, query) || !accept(record)) continue;
    if (lines.length >= query.limit || characters >= MOST_CHARACTERS) {
      isEnd = false;
      break;
    }
    lines.push(shown(record, wanted));
    characters += lines.at(-1)!.line.length;
  }
  return { lines: forwards ? lines : lines.toReversed(), isEnd };
}

function* findInOrder(
  logFiles: LogFiles,
  { folder, apps }: { folder: string; apps: readonly string[] },
  query: LineQuery,
  accept: Accept,
): Generator<LogRecord> {
  for (const record of mergeRecords(
    apps.map((app) => recordsFrom(logFiles, folder, app, query.since)),
    1,
  )) {
    if (query.before !== null && record.n >= query.before) return;
    const accepted = accept(record);
    if (accepted && isBetween(record, query)) yield record;
  }
}

function lastOf(found: Iterable<LogRecord>, wanted: Wanted | null, { limit }: LineQuery): LinesAnswer {
  let lines: PageLine[] = [];
  let isEnd = true;
  let characters = 0;
  for (const record of found) {
    const line = shown(record, wanted);
    // the oldest go, in large pieces: each moves every line
    if (lines.length >= limit * 2 + 1_000 || characters >= MOST_CHARACTERS) {
      lines = lines.slice(-Math.min(limit, Math.ceil(lines.length / 2)));
      characters = lines.reduce((sum, one) => sum + one.line.length, 0);
      isEnd = false;
    }
    lines.push(line);
    characters += line.line.length;
  }
  return { lines: lines.slice(-limit), isEnd: isEnd && lines.length <= limit };
}

function shown(record: LogRecord, wanted: Wanted | null): PageLine {
  const around = wanted === null ? null : excerptOf(record.line, wanted.indexIn);
  return { ...record, line: shownLine(record.line, record.app), ...(around && { around }) };
}

const isBetween = ({ n, at }: LogRecord, { before, after, since, until }: LineQuery): boolean =>
  (before === null || after !== null || n < before) &&
  (after === null || n > after) &&
  (since === null || at >= since) &&
  (until === null || at <= until);

type Accept = (record: LogRecord) => boolean;

function acceptor(wanted: Wanted | null, { level }: LineQuery): Accept {
  const isSevere = level === null ? null : createLevelFilter(level);
  // the level filter receives every line, also those that do not match
  return (record) => {
    const severe = isSevere?.(record) ?? true;
    if (!severe || wanted === null) return severe;
    return wanted.test(plainLine(record.line));
  };
}

/** null: everything. */
function wantedOf(bounded: LineFinder["bounded"], { find }: LineQuery): Wanted | null {
  if (find === "") return null;
  return typeof find === "string" ? containing(find) : bounded(find);
}

function containing(text: string): Wanted {
  const wanted = text.toLowerCase();
  const indexIn = (line: string): number => line.toLowerCase().indexOf(wanted);
  return { test: (line) => indexIn(line) !== -1, indexIn };
}

/** Oldest first, from about `since` on: the files are sorted by time. */
function* recordsFrom(logFiles: LogFiles, folder: string, app: string, since: string | null): Generator<LogRecord> {
  const { current, previous } = segmentsOf(folder, app);
  const isBefore = (line: string): boolean => since !== null && (timeOf(line) ?? "") < since;
  for (const line of logFiles.forwards([current, previous], isBefore)) yield* decodeRecords(line);
}

/** Newest first. */
function* recordsBack(logFiles: LogFiles, folder: string, app: string): Generator<LogRecord> {
  const { current, previous } = segmentsOf(folder, app);
  for (const line of logFiles.backwards([current, previous])) yield* decodeRecords(line).toReversed();
}

/** The saves of the session that began last, oldest first. */
export function findSaves({ logFiles }: Pick<LineFinder, "logFiles">, folder: string): PageSave[] {
  const saves: PageSave[] = [];
  for (const event of newestFirst(logFiles, folder)) {
    if (event.event === "session.starting" || saves.length >= MOST_SAVES) break;
    if (event.event === "app.reloaded") saves.push(event);
  }
  return saves.toReversed();
}
