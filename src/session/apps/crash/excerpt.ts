import type { SessionEvent } from "../../../model/events.ts";
import type { App } from "../../../model/project.ts";
import { plainLine } from "../../../util/text.ts";

export type Crash = Extract<SessionEvent, { event: "app.crashed" }>;

/** Its cause is determined where more is known about the app than its last lines. */
export const crashOf = (
  { name, reload }: Pick<App, "name" | "reload">,
  how: Pick<Crash, "during" | "exitCode" | "signal" | "excerpt">,
): Crash => ({ event: "app.crashed", app: name, ...how, evidence: [], fixes: [], reloads: reload !== false });

/** How much of the end of an app's output is kept to explain a crash. */
export const KEPT_LINES = 200;
const SHOWN_LINES = 10;

/**
 * The lines that explain why a process ended: the last Python traceback or Node error in its output, cut to fit a
 * diagnostic. The end is kept, because the reason is there. Without either, the last lines it printed.
 */
export function crashExcerpt(printed: readonly string[]): string[] {
  const lines = printed.map(plainLine);
  const traceback = lines.findLastIndex(isTraceback);
  // a traceback ends with a line that looks like a Node error's first one
  const start = traceback === -1 ? lines.findLastIndex(isNodeError) : traceback;
  const relevant = (start === -1 ? lines.slice(-SHOWN_LINES) : lines.slice(start)).map((line) => line.trimEnd());
  const filled = relevant.filter((line) => line !== "");
  if (filled.length <= SHOWN_LINES) return filled;
  return start === -1 ? filled.slice(-SHOWN_LINES) : shortened(filled);
}

/** A traceback's first line shows what it is, its last lines why; the excerpt mentions what is left out. */
function shortened(lines: string[]): string[] {
  const room = SHOWN_LINES - 2;
  const said = whatItSays(lines);
  // a long message (a statement in SQL) or later output must not push out its own first line
  const from = said > 0 ? Math.min(lines.length - room, said - FRAME_LINES) : lines.length - room;
  const kept = lines.slice(from, from + room);
  return [lines[0]!, `  … ${lines.length - 1 - kept.length} more lines: devpm logs`, ...kept];
}

/** A place, and its line of code. */
const FRAME_LINES = 2;

/** Where the message of a Python error begins: the first line after the last place that is not indented; -1 without one. */
function whatItSays(lines: readonly string[]): number {
  const place = lines.findLastIndex((line) => /^ {2}File "/.test(line));
  return place === -1 ? -1 : lines.findIndex((line, index) => index > place && /^\S/.test(line));
}

const isTraceback = (line: string): boolean => line.startsWith("Traceback (most recent call last)");
const isNodeError = (line: string): boolean => /^(?:Uncaught )?\w*Error(?: \[\w+\])?: /.test(line);
