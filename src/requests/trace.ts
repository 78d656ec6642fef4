import type { FoundFault } from "../errors/found.ts";
import { frameAt, ownPlaces } from "../errors/own-code.ts";
import { pathFrom } from "../util/paths.ts";
import { pythonFinder } from "../errors/python.ts";
import type { LogRecord } from "../logs/record.ts";
import type { RequestException, TracedRequest } from "../model/traced-request.ts";
import { plainLine } from "../util/text.ts";
import { accessIn } from "./access-line.ts";

/** A request's lines that are kept, the newest. */
export const MOST_LINES = 200;
/** What was printed so long before an access line is not of its request. */
const LONGEST_MS = 30_000;
/** uvicorn prints the access line when the answer begins, and the traceback of it then. */
const AFTERWARDS = "Exception in ASGI application";
/** So do Werkzeug's debug pages, which Flask has with FLASK_DEBUG=1: the bare traceback is the next that is printed. */
const BARE_TRACEBACK = "Traceback (most recent call last):";
const AFTERWARDS_MS = 2_000;

/** What an access line says, and when it was printed (ISO 8601). */
export type PrintedAccess = Pick<TracedRequest, "method" | "path" | "status" | "at">;

/**
 * Requests out of the lines of one app, in the order in which they were printed. The lines before an access line are taken
 * for its request's: with several at once some may be another's. Costs the app nothing, and works for every server.
 * `earliest`: before when (wall-clock milliseconds) nothing is of this request; null: that was not measured.
 */
export function traceRequests(
  records: Iterable<LogRecord>,
  root: string,
  earliest: (access: PrintedAccess) => number | null = () => null,
): TracedRequest[] {
  const requests: TracedRequest[] = [];
  const finders = { out: pythonFinder(), err: pythonFinder() };
  let pending: LogRecord[] = [];
  let failed: FoundFault | null = null;
  /** The request that the lines of a stream belong to although it was answered. */
  let late: { request: TracedRequest; stream: LogRecord["stream"] } | null = null;

  const note = (found: readonly FoundFault[]): void => {
    const last = found.at(-1);
    if (!last) return;
    if (late) late.request.exception ??= exceptionOf(last, root);
    else failed = last;
    late = null;
  };
  /** A traceback whose last line has come is only known to be complete when something else follows. */
  const rest = (): void => note([...finders.out.rest(), ...finders.err.rest()]);

  for (const record of records) {
    const { stream, line, at } = record;
    const text = plainLine(line);
    const finder = finders[stream];
    if (finder.matters(text)) note(finder.line(text));
    const access = accessIn(text);
    if (access) {
      rest();
      const since = new Date(earliest({ ...access, at }) ?? Date.parse(at) - LONGEST_MS).toISOString();
      const own = pending.filter((one) => one.at >= since);
      const lines = [...own, record].slice(-MOST_LINES);
      // the traceback of a save that was mended since is of no request
      if (failed && own.length < pending.length) failed = faultIn(own);
      const exception = access.status >= 500 && failed ? exceptionOf(failed, root) : null;
      requests.push({ id: record.n, at, app: record.app, ...access, route: null, exception, lines: lines.map(shown) });
      [pending, failed, late] = [[], null, null];
      continue;
    }
    const last = requests.at(-1);
    const isAfterwards = text.includes(AFTERWARDS) || (text === BARE_TRACEBACK && pending.length === 0);
    if (last && isAfterwards && isLate(last, at)) late = { request: last, stream };
    if (late?.stream === stream) {
      if (late.request.lines.length < MOST_LINES) late.request.lines.push(shown(record));
    } else if (pending.push(record) > MOST_LINES * 2) pending = pending.slice(-MOST_LINES);
  }
  rest();
  return requests;
}

/** What was raised in these lines of one app, the last of it. */
export function exceptionIn(records: Iterable<LogRecord>, root: string): RequestException | null {
  const found = faultIn(records);
  return found && exceptionOf(found, root);
}

function faultIn(records: Iterable<LogRecord>): FoundFault | null {
  const finders = { out: pythonFinder(), err: pythonFinder() };
  const found: FoundFault[] = [];
  for (const { stream, line } of records) {
    const text = plainLine(line);
    if (finders[stream].matters(text)) found.push(...finders[stream].line(text));
  }
  return [...found, ...finders.out.rest(), ...finders.err.rest()].at(-1) ?? null;
}

const isLate = ({ status, exception, at }: TracedRequest, now: string): boolean =>
  status >= 500 && exception === null && Date.parse(now) - Date.parse(at) < AFTERWARDS_MS;

const shown = ({ stream, line }: LogRecord): TracedRequest["lines"][number] => ({ stream, line });

function exceptionOf(found: FoundFault, root: string): RequestException {
  const grounds = { root, app: { cwd: root, venv: null } };
  const own = ownPlaces(found, grounds);
  const [first] = own;
  return {
    message: found.message,
    file: first ? pathFrom(root, first.file) : null,
    line: first?.line ?? null,
    frame: frameAt(found, own, grounds),
  };
}
