import { MOST_PAGE_LINES } from "../model/limits.ts";
import type { LineQuery } from "../model/page.ts";
import { LEVELS } from "../logs/level-names.ts";

const MOST_NAMES = 1_000;
const LONGEST_PATTERN = 1_024;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The parameters of `lines`; what is malformed is the problem, in a sentence. */
export function lineQueryOf(query: URLSearchParams): LineQuery | string {
  const apps = query.getAll("app");
  const [before, after] = [queryNumber(query, "before"), queryNumber(query, "after")];
  const limit = queryNumber(query, "limit") ?? 1_000;
  const [since, until] = [query.get("since"), query.get("until")];
  const find = query.get("find") ?? "";
  const level = query.get("level");
  if (apps.length > MOST_NAMES) return "too many apps";
  if (Number.isNaN(before) || Number.isNaN(after) || Number.isNaN(limit)) return "expected a whole number";
  if (limit < 1 || limit > MOST_PAGE_LINES) return `limit: expected 1 to ${MOST_PAGE_LINES}`;
  if (find.length > LONGEST_PATTERN) return `find: expected at most ${LONGEST_PATTERN} characters`;
  if (![since, until].every((time) => time === null || ISO.test(time))) return "expected a time as in the logs";
  if (level !== null && !LEVELS.some((one) => one === level)) return `level: expected ${LEVELS.join(", ")}`;
  const wanted = query.get("regex") === "1" ? patternOf(find) : find;
  if (wanted === null) return "find: not a regular expression";
  return { apps, before, after, limit, since, until, find: wanted, level: level as LineQuery["level"] };
}

/** null: not given; NaN: not a whole number. */
export function queryNumber(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null) return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}

/** null: it is no regular expression. Case matters only where the pattern has a capital letter. */
export function patternOf(source: string): RegExp | null {
  try {
    return new RegExp(source, /[A-Z]/.test(source.replaceAll(/\\./g, "")) ? "" : "i");
  } catch {
    return null;
  }
}
