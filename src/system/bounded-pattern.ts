import { createContext, Script } from "node:vm";
import type { LogPattern } from "../model/project.ts";

/** Time limit for one line. A pattern that backtracks (`(a+)+b`) can take years on a long one. */
const LONGEST_MS = 100;
/** Lines that took longer, after which the pattern is no longer tried. */
const MOST_SLOW = 3;

/** A regular expression of the user's, on lines of whatever an app prints: none of them takes it long. */
export interface BoundedPattern extends LogPattern {
  /** As `test` for each: what a guard costs is paid once for all of them. */
  testAll(lines: readonly string[]): boolean[];
  /** Where its first match in a line begins; -1: none, or it took too long. */
  indexIn(line: string): number;
  /** It took too long on several lines, and is no longer tried. */
  readonly givenUp: boolean;
}

/**
 * Where a pattern could take long it runs in a context with a time limit; one that exceeds it is given up and reported.
 */
export function boundedPattern(pattern: RegExp, longestMs = LONGEST_MS): BoundedPattern {
  const guarded = guard(pattern, "test", longestMs);
  const searched = guard(pattern, "search", longestMs);
  const unguarded = longestUnguarded(pattern.source);
  let slow = 0;
  const test = (line: string): boolean => {
    if (line.length <= unguarded) return pattern.test(line);
    if (slow >= MOST_SLOW) return false;
    const found = guarded([line]);
    if (found === null) slow++;
    return found?.[0] ?? false;
  };
  return {
    test,
    testAll(lines) {
      const together = slow < MOST_SLOW && lines.some(({ length }) => length > unguarded) ? guarded(lines) : null;
      return together ?? lines.map(test);
    },
    indexIn(line) {
      if (line.length <= unguarded) return line.search(pattern);
      return (slow < MOST_SLOW ? searched([line])?.[0] : undefined) ?? -1;
    },
    get givenUp() {
      return slow >= MOST_SLOW;
    },
    toString: () =>
      slow < MOST_SLOW ? String(pattern) : `${pattern} (given up: a line takes it more than ${longestMs} ms)`,
  };
}

/** By how many parts of a pattern repeat without end: up to this length a line takes it next to no time. */
const UNGUARDED = [Infinity, 2_048, 256];
/** Parts that may be there or not, and groups with alternatives: each multiplies the ways to try. */
const MOST_CHOICES = 4;

/** -1: each line needs the guard, which costs a tenth of a millisecond. */
function longestUnguarded(source: string): number {
  const plain = source
    .replaceAll(/\\[^\dk]/g, "_")
    .replaceAll(/\[[^\]]*\]/g, "_")
    .replaceAll(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, "(");
  // a repeated group, a reference to one
  if (/\)[*+?{]|\\/.test(plain)) return -1;
  // the `?` behind them makes them lazy
  const repeated = /(?:[*+]|\{\d+(?:,\d*)?\})\??/g;
  const counts = plain.match(repeated) ?? [];
  const endless = counts.filter((count) => !/^\{\d+\}/.test(count)).length;
  const times = counts.filter((count) => /\d{3,}/.test(count)).length;
  const choices = plain.replaceAll(repeated, "").match(plain.includes("|") ? /[?(]/g : /\?/g)?.length ?? 0;
  return times > 0 || choices > MOST_CHOICES ? -1 : (UNGUARDED[endless] ?? -1);
}

/** What is asked of each line, and its answer. */
const QUESTIONS = { test: "regex.test(line)", search: "line.search(regex)" };
interface Answers {
  test: boolean;
  search: number;
}

/** null: they took too long. */
function guard<K extends keyof Answers>(
  pattern: RegExp,
  what: K,
  timeout: number,
): (lines: readonly string[]) => Answers[K][] | null {
  const given = { pattern, lines: [] as readonly string[] };
  let context: object | null = null;
  let script: Script | null = null;
  return (lines) => {
    context ??= createContext(given);
    // a global of a context is looked up in `given` at each use
    script ??= new Script(`((regex, all) => all.map((line) => ${QUESTIONS[what]}))(pattern, lines)`);
    given.lines = lines;
    try {
      return script.runInContext(context, { timeout }) as Answers[K][];
    } catch {
      return null;
    }
  };
}
