import { decodeRecords, type LogRecord } from "../logs/record.ts";
import { segmentsOf } from "../logs/segments.ts";
import type { RequestsAnswer } from "../model/page.ts";
import type { LogFiles } from "../system/logs/log-files.ts";
import { accessIn } from "./access-line.ts";
import { earliestOf, measuredRequests, withMeasured } from "./measured.ts";
import { MOST_LINES, traceRequests } from "./trace.ts";

/** Requests of one app that are found, the newest. */
export const MOST_REQUESTS_FOUND = 500;
/** Lines of one app that are searched. */
const MOST_SEARCHED = 200_000;
/** Lines that are read before those that are asked for: what a request printed before its access line. */
const BEFORE = MOST_LINES * 2;

export interface RequestQuery {
  apps: readonly string[];
  /** The project's folder. */
  root: string;
  /** ISO 8601; null: no bound. */
  since: string | null;
  /** Only those with a larger number: no line before is read, but for a few that belong to them. null: no bound. */
  after: number | null;
}

/** The last requests to each of these apps, from its lines and its own measurements: oldest first. */
export function findRequests(logFiles: LogFiles, folder: string, query: RequestQuery): RequestsAnswer {
  const { apps, root, since, after } = query;
  let last = after ?? 0;
  const requests = apps.flatMap((app) => {
    const records = newestRecords(logFiles, folder, app, query);
    const measured = measuredRequests(logFiles, folder, app, MOST_REQUESTS_FOUND);
    last = Math.max(last, records.at(-1)?.n ?? 0, measured.at(-1)?.n ?? 0);
    // one whose lines are not read any more was found before
    const from = after === null ? "" : (records[0]?.at ?? "");
    const own = measured.filter(({ n, at }) => n > (after ?? 0) || at >= from);
    const traced = traceRequests(records, root, earliestOf(own));
    return withMeasured(traced, own, { app, root, records })
      .filter(({ id, at }) => id > (after ?? 0) && (since === null || at >= since))
      .slice(-MOST_REQUESTS_FOUND);
  });
  return { requests: requests.toSorted((a, b) => a.id - b.id), last };
}

/** As many lines of an app as its last requests need; in order. */
function newestRecords(
  logFiles: LogFiles,
  folder: string,
  app: string,
  { since, after }: Pick<RequestQuery, "since" | "after">,
): LogRecord[] {
  const { current, previous } = segmentsOf(folder, app);
  const newestFirst: LogRecord[] = [];
  let requests = 0;
  let known = 0;
  for (const text of logFiles.backwards([current, previous])) {
    const records = decodeRecords(text).toReversed();
    newestFirst.push(...records);
    requests += records.filter(({ line }) => accessIn(line) !== null).length;
    known += after === null ? 0 : records.filter(({ n }) => n <= after).length;
    const oldest = records.at(-1)?.at ?? "";
    const isEnough = requests > MOST_REQUESTS_FOUND || newestFirst.length >= MOST_SEARCHED || known >= BEFORE;
    if (isEnough || (since !== null && oldest < since)) break;
  }
  return newestFirst.toReversed();
}
