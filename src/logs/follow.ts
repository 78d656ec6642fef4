import type { EngineClient } from "../system/engine-client.ts";
import type { Streamed } from "../model/protocol.ts";
import type { LogFiles } from "../system/log-files.ts";
import { readHistory, type HistoryQuery } from "./history.ts";
import type { LogRecord } from "./record.ts";

export interface Reader {
  show(record: LogRecord): void;
  /** So many lines came faster than they were read: they are in the files alone. */
  missed(lines: number): void;
  /** Resolves when what was shown has been taken, so that fifty megabytes are not held in memory at once. */
  taken(): Promise<void>;
  /** The reader has gone. */
  readonly closed: boolean;
}

const SHOWN_AT_ONCE = 5_000;

/**
 * History, then what is being logged now, without a gap and without a line twice: the stream is opened before the files
 * are read, and waits in the engine until they are shown; whatever the files already held is recognised by its number.
 */
export async function readThenFollow(
  logFiles: LogFiles,
  folder: string,
  query: HistoryQuery,
  engine: EngineClient | null,
  reader: Reader,
): Promise<{ followed: Promise<void> | null }> {
  const waiting: Streamed[] = [];
  let receive = (event: Streamed): void => void waiting.push(event);
  const stream = (await engine?.events(true, (event) => receive(event))) ?? null;
  stream?.pause();
  const { records, last } = readHistory(logFiles, folder, query);
  let shown = 0;
  for (const record of records) {
    if (reader.closed) break;
    reader.show(record);
    if (++shown % SHOWN_AT_ONCE === 0) await reader.taken();
  }
  if (stream === null) return { followed: null };
  let untaken = 0;
  receive = (event) => {
    if (event.event === "log.missed") return reader.missed(event.lines);
    if (event.event !== "log" || !query.apps.includes(event.app)) return;
    const record = event as LogRecord;
    if (record.n <= (last.get(record.app) ?? -1) || !query.accept(record)) return;
    reader.show(record);
    if (++untaken % SHOWN_AT_ONCE > 0) return;
    stream.pause();
    void reader.taken().then(() => stream.resume());
  };
  for (const event of waiting.splice(0)) receive(event);
  stream.resume();
  return { followed: stream.done };
}
