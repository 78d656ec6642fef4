import type { Stamped } from "../model/events.ts";
import type { Streamed } from "../model/protocol.ts";
import type { EngineClient } from "../system/engine/engine-client.ts";
import type { LogFiles } from "../system/logs/log-files.ts";
import { readHistory } from "./history.ts";
import { newestFirst } from "./past.ts";
import type { LogRecord } from "./record.ts";

export interface Replay {
  /** The apps and tasks whose lines are shown. */
  names: readonly string[];
  /** How many past lines. */
  lines: number;
  engine: EngineClient;
  show: (event: Streamed) => void;
  /** Called between the past and what follows. */
  between: () => void;
  /** Resolves when what was shown has been consumed, so that a slow terminal does not fill the memory. */
  taken: () => Promise<void>;
}

const BATCH = 5_000;

/**
 * What a session has shown lately, lines and events in the order of their time, and then its live stream, without a gap and
 * without duplicates: the stream is opened before the files are read. null: the engine gave no stream.
 */
export async function replay(
  logFiles: LogFiles,
  folder: string,
  { names, lines, engine, show, between, taken }: Replay,
): Promise<{ done: Promise<void> } | null> {
  const waiting: Streamed[] = [];
  let receive = (event: Streamed): void => void waiting.push(event);
  const stream = await engine.events(true, (event) => receive(event), { prints: true });
  if (stream === null) return null;
  stream.pause();
  const query = { apps: names, limit: lines, since: null, accept: () => true, filtered: false, inOrder: false };
  const history = readHistory(logFiles, folder, query);
  const replayed = new Set<string>();
  for (const event of past(logFiles, folder, [...history.records])) {
    if (event.event !== "log") replayed.add(JSON.stringify(event));
    show(event);
  }
  between();
  let untaken = 0;
  /** It came after the stream was opened, and was in the files already when they were read. */
  const isRepeated = (event: Streamed): boolean =>
    event.event === "log"
      ? (event.n ?? Infinity) <= (history.last.get(event.app) ?? -1)
      : replayed.delete(JSON.stringify(event));
  receive = (event) => {
    if (isRepeated(event)) return;
    show(event);
    if (++untaken % BATCH > 0) return;
    stream.pause();
    void taken().then(() => stream.resume());
  };
  for (const event of waiting.splice(0)) receive(event);
  stream.resume();
  return { done: stream.done };
}

/** What a reader that comes later gets in another way, or would take for something new. */
const NOT_AGAIN: ReadonlySet<string> = new Set([
  "session.ready",
  "infra.checked",
  "infra.changed",
  "error.seen",
  "error.gone",
]);

/** The session's first event, then its lines and events from the first of these lines on. */
function* past(logFiles: LogFiles, folder: string, records: readonly LogRecord[]): Generator<Streamed> {
  const events: Stamped[] = [];
  for (const event of newestFirst(logFiles, folder)) {
    events.push(event);
    if (event.event === "session.starting") break;
  }
  const [first, ...own] = events.toReversed();
  if (first === undefined) return;
  yield first;
  const lines = records.filter(({ at }) => at >= first.at);
  const from = lines[0]?.at ?? "";
  const shown = own.filter(({ event, at }) => at >= from && !NOT_AGAIN.has(event));
  let next = 0;
  for (const record of lines) {
    for (; next < shown.length && shown[next]!.at < record.at; next++) yield shown[next]!;
    yield { event: "log", ...record };
  }
  yield* shown.slice(next);
}
