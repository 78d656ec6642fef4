import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { HistoryQuery } from "../../logs/history.ts";
import { createLevelFilter } from "../../logs/level.ts";
import { LEVELS, type Level } from "../../logs/level-names.ts";
import type { LogRecord } from "../../logs/record.ts";
import { parseSince } from "../../logs/since.ts";
import type { BoundedPattern } from "../../system/bounded-pattern.ts";
import { plainLine } from "../../util/text.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";

export interface LogsFlags {
  /** `-n`: how many of the last lines; default 100, and all of them with `--since`. */
  lines?: number;
  /** `5m`, `last-save`, or ISO 8601. */
  since?: string;
  /** A JavaScript regular expression, searched in each line without its colours. */
  grep?: string;
  /** As `since`: no later lines. */
  until?: string;
  /** `error`, `warn` or `info`, and everything more severe: the rules are in logs/level.ts. */
  level?: string;
}

const DEFAULT_LINES = 100;

export interface LogsQuery extends HistoryQuery {
  /** null: no `--grep`, or one that is done with each line in time; else why the rest is not searched. */
  readonly gaveUp: Diagnostic | null;
}

interface Surroundings {
  now: Date;
  lastSave: () => string | null;
  /** Gives a pattern of the user's a limit of time. */
  bounded: (expression: RegExp) => BoundedPattern;
}

/** The query that the flags describe, or all their problems together. */
export function queryOf(
  flags: LogsFlags,
  apps: readonly string[],
  { now, lastSave, bounded }: Surroundings,
): Outcome<LogsQuery> {
  const since = flags.since === undefined ? null : parseSince(flags.since, now, lastSave);
  const until = flags.until === undefined ? null : parseSince(flags.until, now, lastSave);
  const level = flags.level === undefined ? null : (LEVELS.find((one) => one === flags.level) ?? null);
  const pattern = flags.grep === undefined ? null : compiled(flags.grep);
  const wrong = [
    ...(flags.since !== undefined && since === null ? [badTime("--since", flags.since)] : []),
    ...(flags.until !== undefined && until === null ? [badTime("--until", flags.until)] : []),
    ...(since !== null && until !== null && until < since ? [usage("--until", "is earlier than --since")] : []),
    ...(pattern instanceof RegExp || pattern === null ? [] : [usage("--grep", pattern)]),
    ...(flags.level === undefined || level !== null
      ? []
      : [usage("--level", `"${flags.level}": expected error, warn or info`)]),
    ...(flags.lines === undefined || (Number.isInteger(flags.lines) && flags.lines >= 0)
      ? []
      : [usage("--lines", "expected a whole number from 0")]),
  ];
  if (wrong.length > 0) return failed(...wrong);
  const isSevere = level === null ? null : createLevelFilter(level satisfies Level);
  const search = pattern instanceof RegExp ? searchFor(bounded(pattern), flags.grep ?? "") : null;
  return ok({
    apps,
    limit: flags.lines ?? (since === null && until === null ? DEFAULT_LINES : null),
    since,
    // the level filter receives every line, also those that other filters exclude: it follows tracebacks
    accept: (record: LogRecord) =>
      (isSevere?.(record) ?? true) && (search?.accept(record) ?? true) && (until === null || record.at <= until),
    ...(search === null ? {} : { prepare: search.prepare }),
    filtered: isSevere !== null || search !== null || until !== null,
    inOrder: isSevere !== null,
    get gaveUp() {
      return search?.gaveUp() ?? null;
    },
  });
}

function searchFor(pattern: BoundedPattern, typed: string) {
  const textOf = ({ line }: LogRecord): string => plainLine(line);
  let prepared = new Map<LogRecord, boolean>();
  return {
    prepare(records: readonly LogRecord[]): void {
      const found = pattern.testAll(records.map(textOf));
      prepared = new Map(records.map((record, index) => [record, found[index] ?? false]));
    },
    accept: (record: LogRecord): boolean => prepared.get(record) ?? pattern.test(textOf(record)),
    gaveUp: (): Diagnostic | null => (pattern.givenUp ? usage("--grep", tooSlow(typed)) : null),
  };
}

const tooSlow = (typed: string): string =>
  `"${typed}" takes more than 100 ms for one line; it was given up, and the rest was not searched`;

function compiled(source: string): RegExp | string {
  try {
    return new RegExp(source, "u");
  } catch {
    try {
      return new RegExp(source);
    } catch (error) {
      return `"${source}" is not a valid regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, "")}`;
    }
  }
}

function badTime(flag: string, text: string): Diagnostic {
  if (text === "last-save") return usage(`${flag} last-save`, "no save has reloaded an app here yet");
  return usage(flag, `"${text}" is not a time: expected 90s, 5m, 2h, 1d, last-save, or a date like 2026-01-31T12:00`);
}

const usage = (flag: string, problem: string): Diagnostic => ({
  code: "DEVPM_USAGE",
  severity: "error",
  summary: `${flag}: ${problem}`,
  evidence: [],
  fixes: [{ label: "", command: "devpm logs --help" }],
});
