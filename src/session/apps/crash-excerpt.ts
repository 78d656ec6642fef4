import type { SessionEvent } from "../../model/events.ts";
import type { App } from "../../model/project.ts";
import { sanitizeLine } from "../../util/text.ts";

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
  const lines = printed.map((line) => sanitizeLine(line, false));
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
  const tail = lines.slice(-(SHOWN_LINES - 2));
  return [lines[0]!, `  … ${lines.length - 1 - tail.length} more lines: devpm logs`, ...tail];
}

const isTraceback = (line: string): boolean => line.startsWith("Traceback (most recent call last)");
const isNodeError = (line: string): boolean => /^(?:Uncaught )?\w*Error(?: \[\w+\])?: /.test(line);
