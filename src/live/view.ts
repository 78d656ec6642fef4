import type { LogBatch } from "../model/log-batch.ts";
import type { Streamed } from "../model/protocol.ts";
import { plainLine } from "../util/text.ts";

/** What of the session is shown. */
export interface View {
  /** The only apps and tasks that are followed; null: everything. */
  names: readonly string[] | null;
  /** Only lines that it accepts. */
  filter: Filter | null;
}

export interface Filter {
  /** As it was typed. */
  text: string;
  /** What it finds, as the history is searched for it. */
  find: string | RegExp;
  test(line: string): boolean;
}

export const EVERYTHING: View = { names: null, filter: null };

type Pattern = { test(line: string): boolean };

/**
 * What is typed after `/`: a text, in any case; `/pattern/` with JavaScript's flags, bounded by `pattern`. A string: why it
 * is not one.
 */
export function filterOf(typed: string, pattern: (expression: RegExp) => Pattern): Filter | string {
  const [, source, flags = ""] = /^\/(.+)\/([dgimsuvy]*)$/.exec(typed) ?? [];
  if (source === undefined) {
    const wanted = typed.toLowerCase();
    return { text: typed, find: typed, test: (line) => plainLine(line).toLowerCase().includes(wanted) };
  }
  try {
    // `g` and `y` would make it depend on the line before
    const find = new RegExp(source, flags.replaceAll(/[gy]/g, ""));
    const bounded = pattern(find);
    return { text: typed, find, test: (line) => bounded.test(plainLine(line)) };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether an event is about one of these apps, or about the whole session; null: everything is followed. */
export function concerns(event: Streamed, names: readonly string[] | null): boolean {
  if (names === null || event.event.startsWith("session.") || event.event === "log.missed") return true;
  const about = "app" in event ? event.app : "task" in event ? event.task : null;
  return about === null || about === undefined ? event.event === "diagnostic" : names.includes(about);
}

export const accepts = ({ names, filter }: View, event: Streamed): boolean =>
  concerns(event, names) && (event.event !== "log" || filter === null || filter.test(event.line));

/** null: its lines have to be asked for one by one. */
export function acceptsBatch({ names, filter }: View, { app }: Pick<LogBatch, "app">): boolean | null {
  if (names !== null && !names.includes(app)) return false;
  return filter === null ? true : null;
}
