import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { HistoryQuery } from "../../logs/history.ts";
import { createErrorFilter } from "../../logs/level.ts";
import type { LogRecord } from "../../logs/record.ts";
import { parseSince } from "../../logs/since.ts";
import { sanitizeLine } from "../../util/text.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";

export interface LogsFlags {
  /** `-n`: how many of the last lines; default 100, and all of them with `--since`. */
  lines?: number;
  /** `5m`, `last-save`, or ISO 8601. */
  since?: string;
  /** A JavaScript regular expression, searched in each line without its colours. */
  grep?: string;
  /** Only `error`: see logs/level.ts for what counts. */
  level?: string;
}

const DEFAULT_LINES = 100;

/** What the flags ask for; all that is wrong with them at once. */
export function queryOf(
  flags: LogsFlags,
  apps: readonly string[],
  now: Date,
  lastSave: () => string | null,
): Outcome<HistoryQuery> {
  const since = flags.since === undefined ? null : parseSince(flags.since, now, lastSave);
  const pattern = flags.grep === undefined ? null : compiled(flags.grep);
  const wrong = [
    ...(flags.since !== undefined && since === null ? [badSince(flags.since)] : []),
    ...(pattern instanceof RegExp || pattern === null ? [] : [usage("--grep", pattern)]),
    ...(flags.level === undefined || flags.level === "error"
      ? []
      : [usage("--level", `"${flags.level}": only error is known`)]),
    ...(flags.lines === undefined || (Number.isInteger(flags.lines) && flags.lines >= 0)
      ? []
      : [usage("--lines", "expected a whole number from 0")]),
  ];
  if (wrong.length > 0) return failed(...wrong);
  const isError = flags.level === "error" ? createErrorFilter() : null;
  const found = pattern instanceof RegExp ? (line: string) => pattern.test(sanitizeLine(line, false)) : null;
  return ok({
    apps,
    limit: flags.lines ?? (since === null ? DEFAULT_LINES : null),
    since,
    // the error filter sees every line, also those the pattern leaves out: it follows tracebacks
    accept: (record: LogRecord) => (isError?.(record) ?? true) && (found?.(record.line) ?? true),
    filtered: isError !== null || found !== null,
    inOrder: isError !== null,
  });
}

function compiled(source: string): RegExp | string {
  try {
    return new RegExp(source, "u");
  } catch {
    try {
      return new RegExp(source);
    } catch (error) {
      return `"${source}" is no regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, "")}`;
    }
  }
}

function badSince(text: string): Diagnostic {
  if (text === "last-save") return usage("--since last-save", "no save has reloaded an app here yet");
  return usage("--since", `"${text}" is no time: expected 90s, 5m, 2h, 1d, last-save, or a date like 2026-01-31T12:00`);
}

const usage = (flag: string, problem: string): Diagnostic => ({
  code: "DEVPM_USAGE",
  severity: "error",
  summary: `${flag}: ${problem}`,
  evidence: [],
  fixes: [{ label: "", command: "devpm logs --help" }],
});
