import { decodeRecords, type LogRecord } from "../logs/record.ts";
import { segmentsOf } from "../logs/segments.ts";
import type { TracedRequest } from "../model/traced-request.ts";
import type { LogFiles } from "../system/log-files.ts";
import { accessIn } from "./access-line.ts";
import { measuredRequests, withMeasured } from "./measured.ts";
import { traceRequests } from "./trace.ts";

/** Requests of one app that are found, the newest. */
export const MOST_REQUESTS_FOUND = 500;
/** Lines of one app that are searched. */
const MOST_SEARCHED = 200_000;

export interface RequestQuery {
  apps: readonly string[];
  /** The project's folder. */
  root: string;
  /** ISO 8601; null: no bound. */
  since: string | null;
}

/** The last requests to each of these apps, from its lines and its own measurements: oldest first. */
export function findRequests(logFiles: LogFiles, folder: string, { apps, root, since }: RequestQuery): TracedRequest[] {
  return apps
    .flatMap((app) => {
      const records = newestRecords(logFiles, folder, app, since);
      const measured = measuredRequests(logFiles, folder, app, MOST_REQUESTS_FOUND);
      return withMeasured(traceRequests(records, root), measured, { app, root, records }).slice(-MOST_REQUESTS_FOUND);
    })
    .filter(({ at }) => since === null || at >= since)
    .toSorted((a, b) => a.id - b.id);
}

/** As many lines of an app as its last requests need; in order. */
function newestRecords(logFiles: LogFiles, folder: string, app: string, since: string | null): LogRecord[] {
  const { current, previous } = segmentsOf(folder, app);
  const newestFirst: LogRecord[] = [];
  let requests = 0;
  for (const text of logFiles.backwards([current, previous])) {
    const records = decodeRecords(text).toReversed();
    newestFirst.push(...records);
    requests += records.filter(({ line }) => accessIn(line) !== null).length;
    const oldest = records.at(-1)?.at ?? "";
    if (requests > MOST_REQUESTS_FOUND || newestFirst.length >= MOST_SEARCHED || (since !== null && oldest < since))
      break;
  }
  return newestFirst.toReversed();
}
