import { closeSync } from "node:fs";
import { namesNow } from "../files/files-now.ts";
import { backwardsIn, forwardsIn, openAll, startOf } from "./log-reader.ts";
import { FileAppender, type Appender, type OnTrouble } from "./log-writer.ts";

/** Files of lines that are appended to in batches and read from either end. Synchronous: one write takes microseconds. */
export interface LogFiles {
  /**
   * Opens for appending; nothing is created before the first write. `previous` takes over the file when it reached
   * `segmentBytes`. `onTrouble` is called once when writing starts to fail, and once, with null, when it works again.
   */
  appender(file: string, previous: string, segmentBytes: number, onTrouble: OnTrouble): Appender;
  /** Names in the folder; empty where there is none. */
  names(folder: string): string[];
  /** Lines from the newest to the oldest. `files`: the newest file first. Missing files are empty. */
  backwards(files: readonly string[]): Generator<string>;
  /** Lines from the oldest to the newest, from the first one on that is not `before`; they must be sorted by that. */
  forwards(files: readonly string[], before: (line: string) => boolean): Generator<string>;
}

export const logFiles: LogFiles = {
  appender: (file, previous, segmentBytes, onTrouble) => new FileAppender(file, previous, segmentBytes, onTrouble),
  names: namesNow,

  *backwards(files) {
    const opened = openAll(files);
    try {
      for (const { fd, size } of opened) yield* backwardsIn(fd, size);
    } finally {
      for (const { fd } of opened) closeSync(fd);
    }
  },

  *forwards(files, before) {
    const opened = openAll(files).toReversed();
    try {
      for (const { fd, size } of opened) yield* forwardsIn(fd, startOf(fd, size, before));
    } finally {
      for (const { fd } of opened) closeSync(fd);
    }
  },
};
