import type { LogFiles } from "../system/logs/log-files.ts";
import { mergeRecords } from "./merge.ts";
import { decodeRecords, timeOf, type LogRecord } from "./record.ts";
import { segmentsOf } from "./segments.ts";

export interface HistoryQuery {
  apps: readonly string[];
  /** How many accepted lines to return, the newest; null: all. */
  limit: number | null;
  /** Only lines with a larger number, of a backward search. */
  after?: number;
  /** ISO 8601 with milliseconds, UTC; older lines are left out. */
  since: string | null;
  accept: (record: LogRecord) => boolean;
  /** Called with each record before `accept` is, many at once: what takes less time together. */
  prepare?: (records: readonly LogRecord[]) => void;
  /** `accept` does not accept everything. */
  filtered: boolean;
  /** `accept` remembers earlier lines (tracebacks), so that it must see them oldest first. */
  inOrder: boolean;
  /** Asked at each line of a backward search: true ends it with what was found so far. */
  enough?: () => boolean;
}

export interface History {
  /** Oldest first. Can be read once, to its end. */
  records: Iterable<LogRecord>;
  /** The newest `n` seen in each app's files, once `records` is read: a live stream continues after it. */
  last: ReadonlyMap<string, number>;
}

/** The last lines are read from the end of the files; a limit of 100 touches a few blocks of 50 MB. */
export function readHistory(logFiles: LogFiles, folder: string, query: HistoryQuery): History {
  const last = new Map<string, number>();
  const read = query.limit === null ? forwards : query.inOrder ? lastForwards : lastBackwards;
  return { records: read(logFiles, folder, query, last), last };
}

type Last = Map<string, number>;

function* forwards(logFiles: LogFiles, folder: string, query: HistoryQuery, last: Last): Generator<LogRecord> {
  const before = (line: string): boolean => query.since !== null && (timeOf(line) ?? "") < query.since;
  const streams = query.apps.map((app) => {
    const { current, previous } = segmentsOf(folder, app);
    return forwardsIn(logFiles.forwards([current, previous], before), (record) => last.set(app, record.n));
  });
  for (const record of prepared(mergeRecords(streams, 1), query)) {
    if ((query.since === null || record.at >= query.since) && query.accept(record)) yield record;
  }
}

function* lastForwards(logFiles: LogFiles, folder: string, query: HistoryQuery, last: Last): Generator<LogRecord> {
  const limit = query.limit ?? 0;
  let newest: LogRecord[] = [];
  for (const record of forwards(logFiles, folder, query, last)) {
    newest.push(record);
    if (newest.length >= limit * 2 + 1000) newest = limit === 0 ? [] : newest.slice(-limit);
  }
  if (limit > 0) yield* newest.slice(-limit);
}

function* lastBackwards(logFiles: LogFiles, folder: string, query: HistoryQuery, last: Last): Generator<LogRecord> {
  const streams = query.apps.map((app) => {
    const { current, previous } = segmentsOf(folder, app);
    return backwardsIn(logFiles.backwards([current, previous]), (record) => {
      if (!last.has(app)) last.set(app, record.n);
    });
  });
  const newestFirst: LogRecord[] = [];
  const limit = query.limit ?? 0;
  for (const record of prepared(mergeRecords(streams, -1), query)) {
    if (newestFirst.length >= limit || (query.since !== null && record.at < query.since)) break;
    if ((query.after !== undefined && record.n <= query.after) || query.enough?.()) break;
    if (query.accept(record)) newestFirst.push(record);
  }
  yield* newestFirst.toReversed();
}

/** What is prepared at once: the guard of a pattern starts a thread for each time, which is most of what a search takes. */
const TOGETHER = 1_024;

function* prepared(records: Iterable<LogRecord>, { prepare }: HistoryQuery): Generator<LogRecord> {
  if (prepare === undefined) return yield* records;
  let ahead: LogRecord[] = [];
  for (const record of records) {
    if (ahead.push(record) < TOGETHER) continue;
    prepare(ahead);
    yield* ahead;
    ahead = [];
  }
  prepare(ahead);
  yield* ahead;
}

type Seen = (record: LogRecord) => void;

function* forwardsIn(lines: Iterable<string>, seen: Seen): Generator<LogRecord> {
  for (const line of lines) {
    for (const record of decodeRecords(line)) {
      seen(record);
      yield record;
    }
  }
}

function* backwardsIn(lines: Iterable<string>, seen: Seen): Generator<LogRecord> {
  for (const line of lines) {
    for (const record of decodeRecords(line).toReversed()) {
      seen(record);
      yield record;
    }
  }
}
