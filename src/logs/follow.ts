import type { EngineClient } from "../system/engine/engine-client.ts";
import type { Streamed } from "../model/protocol.ts";
import type { LogFiles } from "../system/logs/log-files.ts";
import { readHistory, type HistoryQuery } from "./history.ts";
import type { LogRecord } from "./record.ts";

export interface Reader {
  show(record: LogRecord): void;
  /** This many lines arrived faster than they were read: they are only in the files. */
  missed(lines: number): void;
  /** Resolves when the shown lines have been consumed, so that fifty megabytes are not held in memory. */
  taken(): Promise<void>;
  /** The reader has closed the output. */
  readonly closed: boolean;
}

/** Lines that no app printed. */
export interface Own {
  /** Oldest first. */
  past(): LogRecord[];
  live(event: Streamed): LogRecord[];
}

const BATCH_LINES = 5_000;

export interface FollowOptions {
  folder: string;
  query: HistoryQuery;
  /** null: there is no session to follow. */
  engine: EngineClient | null;
  reader: Reader;
  /** null: the lines of apps alone. */
  own: Own | null;
}

/**
 * History, then the live log, without a gap and without duplicates: the stream is opened before the files
 * are read, and waits in the engine until they are shown; lines that were in the files are recognised by their number.
 */
export async function readThenFollow(
  logFiles: LogFiles,
  { folder, query, engine, reader, own }: FollowOptions,
): Promise<{ followed: Promise<void> | null }> {
  const waiting: Streamed[] = [];
  let receive = (event: Streamed): void => void waiting.push(event);
  const stream = (await engine?.events(true, (event) => receive(event), { prints: true })) ?? null;
  stream?.pause();
  const { records, last } = readHistory(logFiles, folder, query);
  let shown = 0;
  for (const record of own === null ? records : merged(records, own.past(), query.limit)) {
    if (reader.closed) break;
    reader.show(record);
    if (++shown % BATCH_LINES === 0) await reader.taken();
  }
  if (stream === null) return { followed: null };
  let untaken = 0;
  receive = (event) => {
    if (event.event === "log.missed") return reader.missed(event.lines);
    if (event.event !== "log") return own?.live(event).forEach((record) => reader.show(record));
    if (!query.apps.includes(event.app)) return;
    const record = event as LogRecord;
    if (record.n <= (last.get(record.app) ?? -1) || !query.accept(record)) return;
    reader.show(record);
    if (++untaken % BATCH_LINES > 0) return;
    stream.pause();
    void reader.taken().then(() => stream.resume());
  };
  for (const event of waiting.splice(0)) receive(event);
  stream.resume();
  return { followed: stream.done };
}

/** By their time; where there is a limit, the newest of them. */
function merged(records: Iterable<LogRecord>, own: readonly LogRecord[], limit: number | null): Iterable<LogRecord> {
  const all = byTime(records, own);
  return limit === null ? all : [...all].slice(limit === 0 ? Infinity : -limit);
}

function* byTime(records: Iterable<LogRecord>, own: readonly LogRecord[]): Generator<LogRecord> {
  let next = 0;
  for (const record of records) {
    for (; next < own.length && own[next]!.at <= record.at; next++) yield own[next]!;
    yield record;
  }
  yield* own.slice(next);
}
