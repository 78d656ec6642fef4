import { createContext, Script } from "node:vm";
import type { LogPattern } from "../model/project.ts";

/** Time limit for one line. A pattern that backtracks (`(a+)+b`) can take years on a long one. */
const LONGEST_MS = 100;
/** Lines that took longer, after which the pattern is no longer tried. */
const MOST_SLOW = 3;

/** Up to this length a line needs no guard, which costs a tenth of a millisecond. */
const SHORT = 256;

/**
 * A regular expression of the user's, run on lines of whatever an app prints. Where it could take long it runs in a context
 * with a time limit; one that exceeds it is given up and reported.
 */
export function boundedPattern(pattern: RegExp): LogPattern {
  const guarded = guard(pattern);
  const swift = isSwift(pattern);
  let slow = 0;
  return {
    test(line) {
      if (swift && line.length <= SHORT) return pattern.test(line);
      if (slow >= MOST_SLOW) return false;
      const found = guarded(line);
      if (found === null) slow++;
      return found ?? false;
    },
    toString: () =>
      slow < MOST_SLOW ? String(pattern) : `${pattern} (given up: a line takes it more than ${LONGEST_MS} ms)`,
  };
}

/** No repeated group, little that repeats without end, nothing that refers back: a short line takes next to no time. */
function isSwift({ source }: RegExp): boolean {
  const plain = source.replaceAll(/\\[^\dk]/g, "_").replaceAll(/\[[^\]]*\]/g, "_");
  const endless = plain.match(/[*+]|\{\d+,\}/g) ?? [];
  return !/\)[*+?{]|\\|\{\d*,?\d{3,}\}/.test(plain) && endless.length <= 2;
}

/** null: it took too long. */
function guard(pattern: RegExp): (line: string) => boolean | null {
  const given = { pattern, line: "" };
  let context: object | null = null;
  const script = new Script("pattern.test(line)");
  return (line) => {
    context ??= createContext(given);
    given.line = line;
    try {
      return script.runInContext(context, { timeout: LONGEST_MS }) === true;
    } catch {
      return null;
    }
  };
}
