import type { SessionEvent, Stamped } from "../model/events.ts";
import type { LogBatch } from "../model/log-batch.ts";
import type { AnsweredRequest } from "../model/traced-request.ts";
import type { Clock } from "../system/clock.ts";
import type { LogFiles } from "../system/logs/log-files.ts";
import type { Appender } from "../system/logs/log-writer.ts";
import { createEncoder, decodeRecords, encodeBatch, type LogRecord } from "./record.ts";
import { appsWithLogs, requestSegments, segmentsOf, sessionSegments, type Segments } from "./segments.ts";

/** 50 MB an app, in two files. */
const DEFAULT_CAP_BYTES = 50_000_000;
const SESSION_CAP_BYTES = 2_000_000;
/** The end of the range of a Date. */
const LAST_MS = 8.64e15;
/** Some thousand requests of each app. */
const REQUESTS_CAP_BYTES = 2_000_000;

export interface LogStore {
  /** Numbers, stamps and stores one line. It returns the record that readers of the session receive. */
  append(app: string, stream: "out" | "err", line: string): LogRecord;
  /** The same for many lines. */
  appendBatch(lines: Omit<LogBatch, "at" | "n">): LogBatch;
  /** Numbers and stores the requests that an app has measured. */
  answered(app: string, requests: readonly AnsweredRequest[]): void;
  /** How many requests apps have measured so far. */
  measured(): number;
  /** Stores the events that history needs (`--since last-save`) and the output of set-up; others are ignored. */
  note(event: Stamped): void;
  /** Everything appended so far is in the files when it returns: call it before a reader's stream begins. */
  flush(): void;
  close(): void;
}

export interface LogStoreOptions {
  /** Bytes an app may take; default 50 000 000. */
  capBytes?: number;
  /** Called once when logs cannot be kept (disk full, folder missing) and once when they can again. */
  notify: (notice: string) => void;
}

const NOTED: ReadonlySet<SessionEvent["event"]> = new Set<SessionEvent["event"]>([
  "session.starting",
  "session.ready",
  "session.stopping",
  "session.stopped",
  "setup.finished",
  "infra.absent",
  "infra.checked",
  "infra.started",
  "infra.failed",
  "infra.recovered",
  "infra.changed",
  "task.finished",
  "task.skipped",
  "task.stopped",
  "app.ready",
  "app.reloading",
  "app.reloaded",
  "app.crashed",
  "app.failed",
  "app.stopped",
  "notice",
  "diagnostic",
  "error.seen",
  "error.gone",
]);

/** `queueMicrotask` makes an AsyncResource each time, which takes as long as the encoding of a line. */
const microtask = Promise.resolve();

export function openLogStore(
  system: { logFiles: LogFiles; clock: Clock },
  folder: string,
  options: LogStoreOptions,
): LogStore {
  const { logFiles, clock } = system;
  const files = openFiles(logFiles, folder, options);
  const encoder = createEncoder();
  let n = lastNumber(logFiles, folder);
  let measured = 0;
  let at = "";
  const time = (): string => {
    if (at !== "") return at;
    at = clock.now().toISOString();
    // the lines of one chunk arrived together; reading the clock for each takes longer than splitting them
    void microtask.then(forget);
    return at;
  };
  const forget = (): void => void (at = "");

  const store: LogStore = {
    append(app, stream, line) {
      const record: LogRecord = { at: time(), n: ++n, app, stream, line };
      files.of(app).addBytes(encoder.next(record), encoder.write);
      return record;
    },
    appendBatch(lines) {
      const { app, stream, text, count, escapes } = lines;
      // field by field: V8 makes a new shape for each copy of an object that gets more fields
      const batch = { app, stream, at: time(), n: n + 1, text, count, escapes };
      n += count;
      const { atMost, write } = encodeBatch(batch);
      files.of(app).addBytes(atMost, write);
      return batch;
    },
    measured: () => measured,
    answered(app, requests) {
      measured += requests.length;
      const encoded = requests.map((request) => {
        const answeredAt = new Date(Math.min(request.began + request.ms, LAST_MS)).toISOString();
        return `${JSON.stringify({ at: answeredAt, n: ++n, noted: time(), ...request })}\n`;
      });
      files.requests(app).add(encoded.join(""));
    },
    note(event) {
      if (event.event === "setup.output") store.append(event.app, "out", event.line);
      if (NOTED.has(event.event)) files.session.add(`${JSON.stringify(event)}\n`);
    },
    flush() {
      at = "";
      files.flush();
    },
    close: files.close,
  };
  return store;
}

interface Files {
  of(app: string): Appender;
  requests(app: string): Appender;
  session: Appender;
  flush(): void;
  close(): void;
}

function openFiles(logFiles: LogFiles, folder: string, { capBytes, notify }: LogStoreOptions): Files {
  const appenders = new Map<string, Appender>();
  const byApp = new Map<string, Appender>();
  const requestsByApp = new Map<string, Appender>();
  const troubled = new Set<string>();
  const open = ({ current, previous }: Segments, bytes: number): Appender => {
    const appender = logFiles.appender(current, previous, bytes, (reason, lost) => {
      const were = troubled.size;
      if (reason === null) troubled.delete(current);
      else troubled.add(current);
      if (were === 0 && reason !== null)
        notify(`logs cannot be kept in ${folder}: ${reason}; they are shown here only`);
      if (were > 0 && troubled.size === 0) notify(`logs are kept again${lost > 0 ? `; ${lost} lines were not` : ""}`);
    });
    appenders.set(current, appender);
    return appender;
  };
  const segmentBytes = Math.max(1, Math.floor((capBytes ?? DEFAULT_CAP_BYTES) / 2));
  return {
    of(app) {
      let appender = byApp.get(app);
      if (appender === undefined) {
        appender = open(segmentsOf(folder, app), segmentBytes);
        byApp.set(app, appender);
      }
      return appender;
    },
    requests(app) {
      const known = requestsByApp.get(app) ?? open(requestSegments(folder, app), REQUESTS_CAP_BYTES / 2);
      requestsByApp.set(app, known);
      return known;
    },
    session: open(sessionSegments(folder), SESSION_CAP_BYTES / 2),
    flush() {
      for (const appender of appenders.values()) appender.flush();
    },
    close() {
      for (const appender of appenders.values()) appender.close();
      appenders.clear();
    },
  };
}

/** Numbers grow across sessions, so that they order the history even when the clock was changed. */
function lastNumber(logFiles: LogFiles, folder: string): number {
  let n = 0;
  const newest = ({ current, previous }: Segments, numberOf: (text: string) => number | undefined): void => {
    for (const text of logFiles.backwards([current, previous])) {
      const last = numberOf(text);
      if (last === undefined) continue;
      n = Math.max(n, last);
      break;
    }
  };
  for (const app of appsWithLogs(logFiles.names(folder))) {
    newest(segmentsOf(folder, app), (text) => decodeRecords(text).at(-1)?.n);
    newest(requestSegments(folder, app), requestNumber);
  }
  return n;
}

function requestNumber(text: string): number | undefined {
  const digits = /^\{"at":"[^"]*","n":(\d+),/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
