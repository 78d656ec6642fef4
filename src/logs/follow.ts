import type { EngineClient } from "../system/engine-client.ts";
import type { LogFiles } from "../system/log-files.ts";
import { readHistory, type HistoryQuery } from "./history.ts";
import type { LogRecord } from "./record.ts";

export interface Reader {
  show(record: LogRecord): void;
  /** Resolves when what was shown has been taken, so that fifty megabytes are not held in memory at once. */
  taken(): Promise<void>;
  /** The reader has gone. */
  readonly closed: boolean;
}

const SHOWN_AT_ONCE = 5_000;

/**
 * History, then what is being logged now, without a gap and without a line twice: the stream is opened before the files
 * are read, and what comes meanwhile waits; whatever the files already held is recognised by its number.
 */
export async function readThenFollow(
  logFiles: LogFiles,
  folder: string,
  query: HistoryQuery,
  engine: EngineClient | null,
  reader: Reader,
): Promise<{ followed: Promise<void> | null }> {
  const waiting: LogRecord[] = [];
  let receive = (record: LogRecord): void => void waiting.push(record);
  const stream = await engine?.events(true, (event) => {
    if (event.event === "log" && query.apps.includes(event.app)) receive(event as LogRecord);
  });
  const { records, last } = readHistory(logFiles, folder, query);
  let shown = 0;
  for (const record of records) {
    if (reader.closed) break;
    reader.show(record);
    if (++shown % SHOWN_AT_ONCE === 0) await reader.taken();
  }
  const live = (record: LogRecord): void => {
    if (record.n > (last.get(record.app) ?? -1) && query.accept(record)) reader.show(record);
  };
  for (const record of waiting) live(record);
  receive = live;
  return { followed: stream?.done ?? null };
}
