import { stripVTControlCharacters } from "node:util";
import { RecentLines } from "../logs/recent-lines.ts";
import type { LogBatch } from "../model/log-batch.ts";

/**
 * A crash arrives twice: as lines of the app's stderr, and as the excerpt of the crash event; which comes first depends
 * on timing. This remembers enough to show the traceback once.
 */
export interface Echo {
  /** A line is about to be shown; false: it was already shown as part of an excerpt. */
  show(app: string, line: string, at: string): boolean;
  /** The same for many lines; false: each has to be asked for. */
  showBatch(batch: LogBatch): boolean;
  /** The excerpt of a crash is about to be shown; false: its lines were already shown. */
  showExcerpt(app: string, excerpt: readonly string[], at: string): boolean;
}

const REMEMBERED = 400;
/** Lines that arrive later than this after the crash are new. Milliseconds. */
const LATE = 2_000;

interface Memory {
  recent: RecentLines;
  expected: Map<string, number>;
  until: string;
}

export function createEcho(): Echo {
  const memories = new Map<string, Memory>();
  const of = (app: string): Memory => {
    let memory = memories.get(app);
    if (memory === undefined) {
      memory = { recent: new RecentLines(REMEMBERED), expected: new Map(), until: "" };
      memories.set(app, memory);
    }
    return memory;
  };
  return {
    show(app, line, at) {
      const memory = of(app);
      if (memory.expected.size > 0) {
        if (at > memory.until) memory.expected.clear();
        else if (take(memory.expected, plainOf(line))) return false;
      }
      memory.recent.add(line);
      return true;
    },
    showBatch(batch) {
      const memory = of(batch.app);
      if (batch.at > memory.until) memory.expected.clear();
      if (memory.expected.size > 0) return false;
      memory.recent.addBatch(batch);
      return true;
    },
    showExcerpt(app, excerpt, at) {
      const memory = of(app);
      const seen = new Set(memory.recent.lines.map(plainOf));
      const unseen = excerpt.filter((line) => line.trim() !== "" && !seen.has(plainOf(line)));
      memory.recent.clear();
      if (unseen.length === 0) return false;
      for (const line of unseen) memory.expected.set(plainOf(line), (memory.expected.get(plainOf(line)) ?? 0) + 1);
      memory.until = later(at);
      return true;
    },
  };
}

const later = (at: string): string => new Date(Date.parse(at) + LATE).toISOString();

const plainOf = (line: string): string => stripVTControlCharacters(line).trimEnd();

function take(expected: Map<string, number>, line: string): boolean {
  const left = expected.get(line) ?? 0;
  if (left === 0) return false;
  if (left === 1) expected.delete(line);
  else expected.set(line, left - 1);
  return true;
}
