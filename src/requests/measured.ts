import type { LogRecord } from "../logs/record.ts";
import { requestSegments } from "../logs/segments.ts";
import type { AnsweredRequest, TracedRequest } from "../model/traced-request.ts";
import type { LogFiles } from "../system/logs/log-files.ts";
import { exceptionIn, MOST_LINES, type PrintedAccess } from "./trace.ts";

/** A request as the app measured it, as it is kept: `n` is its place among all lines, `at` when it was answered. */
export interface MeasuredRequest extends AnsweredRequest {
  at: string;
  n: number;
  /** ISO 8601: when the engine came to know it, which may have been stopped (Ctrl+Z). */
  noted?: string;
}

/** An access line is printed when the answer begins or ends, and read a moment later; clocks have a grain. */
const LATE_MS = 2_000;
const EARLY_MS = 50;

/** The newest `most` of one app, and devpm's own among them; oldest first. */
export function measuredRequests(logFiles: LogFiles, folder: string, app: string, most: number): MeasuredRequest[] {
  const { current, previous } = requestSegments(folder, app);
  const newest: MeasuredRequest[] = [];
  let others = 0;
  for (const line of logFiles.backwards([current, previous])) {
    if (others >= most || newest.length >= most * 10) break;
    const read = decoded(line);
    if (read === null) continue;
    newest.push(read);
    if (!read.isOwn) others++;
  }
  return newest.toReversed();
}

/** null: truncated by a full disk, or edited by hand. */
function decoded(line: string): MeasuredRequest | null {
  try {
    const read = JSON.parse(line) as Partial<MeasuredRequest> | null;
    const isWhole = [read?.n, read?.began, read?.ms, read?.status].every((value) => typeof value === "number");
    return isWhole && typeof read?.path === "string" && typeof read.at === "string" ? (read as MeasuredRequest) : null;
  } catch {
    return null;
  }
}

export interface MeasuredEvidence {
  app: string;
  /** The project's folder. */
  root: string;
  /** What the app printed; oldest first. */
  records: readonly LogRecord[];
}

/**
 * What access lines show and what was measured, as one: the same method, path and status at about the same time are the same
 * request. One without an access line has the lines that were printed while it was under way.
 */
export function withMeasured(
  traced: readonly TracedRequest[],
  noted: readonly MeasuredRequest[],
  { app, root, records }: MeasuredEvidence,
): TracedRequest[] {
  const found = new Map(traced.map((one) => [one.id, one]));
  const free = byKey(traced);
  let printed: PrintedLines | null = null;
  const measured = withoutOwn(noted);
  for (const one of noted.filter(({ isOwn }) => isOwn)) {
    const line = takenFrom(free, one, isSame);
    if (line) found.delete(line.id);
  }
  for (const [place, one] of measured.entries()) {
    const { n, at, method, path, route, status, ms } = one;
    const shown = takenFrom(free, one, isSame);
    if (shown) {
      found.set(shown.id, { ...shown, route, ms });
      continue;
    }
    printed ??= printedLines(records);
    const during = printed.between(...spanOf(one, measured[place + 1]));
    const exception = status >= 500 ? exceptionIn(during, root) : null;
    const lines = during.map(({ stream, line }) => ({ stream, line }));
    found.set(n, { id: n, at, app, method, path, route, status, ms, exception, lines });
  }
  return [...found.values()].toSorted((a, b) => a.id - b.id);
}

/** Before when nothing is of the request of an access line: each measurement is one request's. null: none is of it. */
export function earliestOf(noted: readonly MeasuredRequest[]): (access: PrintedAccess) => number | null {
  const free = byKey(noted);
  return (access) => {
    const one = takenFrom(free, access, (other, line) => isSame(line, other));
    return one === undefined ? null : Math.floor(one.began - EARLY_MS);
  };
}

/** What the app measured, without what devpm asked itself: each of those is one request of the app's. */
function withoutOwn(noted: readonly MeasuredRequest[]): MeasuredRequest[] {
  const measured = noted.filter(({ isOwn }) => !isOwn);
  const free = byKey(measured);
  const during = (one: MeasuredRequest, { began, ms }: MeasuredRequest): boolean =>
    one.began >= began - EARLY_MS && one.began <= began + ms + EARLY_MS;
  const own = noted.flatMap((one) => (one.isOwn ? (takenFrom(free, one, during) ?? []) : []));
  return measured.filter((one) => !own.includes(one));
}

type Keyed = Pick<AnsweredRequest, "method" | "path" | "status">;

function byKey<T extends Keyed>(all: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) found.set(keyOf(one), [...(found.get(keyOf(one)) ?? []), one]);
  return found;
}

/** The first of the same method, path and status that fits, which is taken out. */
function takenFrom<T, U extends Keyed>(free: Map<string, T[]>, one: U, fits: (other: T, one: U) => boolean) {
  const candidates = free.get(keyOf(one)) ?? [];
  const index = candidates.findIndex((other) => fits(other, one));
  return index === -1 ? undefined : candidates.splice(index, 1)[0];
}

/** Servers print paths as they came, or with what was escaped in them as text. */
const keyOf = ({ method, path, status }: Keyed): string => `${method} ${status} ${unescaped(path)}`;

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** An engine that was stopped reads lines and measurements together when it goes on. */
function isSame({ at }: Pick<TracedRequest, "at">, { began, ms, noted = "" }: MeasuredRequest): boolean {
  const printed = Date.parse(at);
  return printed >= began - EARLY_MS && printed <= Math.max(began + ms, Date.parse(noted) || 0) + LATE_MS;
}

/**
 * From when to when lines are of a request. uvicorn prints the traceback of a failed one when it has been answered.
 */
function spanOf({ began, ms, status }: MeasuredRequest, next: MeasuredRequest | undefined): [from: number, to: number] {
  const end = began + ms + EARLY_MS;
  const last = status >= 500 ? Math.max(end, Math.min(end + LATE_MS, next?.began ?? Infinity)) : end;
  return [Math.floor(began), last];
}

interface PrintedLines {
  /** In the order in which they were printed; of many the newest. */
  between(from: number, to: number): LogRecord[];
}

/** Found by bisection: of an app without access lines, hundreds of requests are looked for in 200 000 lines. */
function printedLines(records: readonly LogRecord[]): PrintedLines {
  // a clock that was set back
  const byTime = records.map((record) => ({ at: Date.parse(record.at), record })).toSorted((a, b) => a.at - b.at);
  /** How many were printed before a time. */
  const before = (time: number): number => {
    let [low, high] = [0, byTime.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byTime[middle]!.at < time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    between(from, to) {
      const end = before(Math.floor(to) + 1);
      return byTime.slice(Math.max(before(from), end - MOST_LINES), end).map(({ record }) => record);
    },
  };
}
