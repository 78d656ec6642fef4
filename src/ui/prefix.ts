import type { Level } from "../logs/level-names.ts";
import { displayWidth, pad, shorten } from "../util/text.ts";
import type { Colors } from "./colors.ts";

/**
 * `backend | ` before each line of stdout, `backend ¦ ` before stderr: distinct without colours too. Both separators
 * are Latin-1: with other characters, V8 stores and encodes every line in two bytes a letter, at three times the cost.
 */
export interface Prefixes {
  /** `level`: what the line says of itself; null where that is not looked at. */
  of(app: string, stream: Stream, level?: Level | null): string;
  /** The same columns without the name, for a line that goes on. */
  more(stream: Stream, level?: Level | null): string;
}

type Stream = "out" | "err";

/** The separator; by default stderr is red. */
export type Separator = (stream: Stream, level: Level | null, colors: Colors) => string;

const byStream: Separator = (stream, _, colors) => (stream === "out" ? colors.dim("|") : colors.red("¦"));

/** For a person at a terminal: many programs log on stderr, so a line is an error where it says so. */
export const byLevel: Separator = (stream, level, colors) => {
  const sign = stream === "out" ? "|" : "¦";
  if (level === "error") return colors.red(sign);
  return level === "warn" ? colors.yellow(sign) : colors.dim(sign);
};

const OURS = "devpm";
const HUES = ["cyan", "magenta", "green", "yellow", "blue", "cyanBright", "magentaBright", "greenBright"] as const;

/**
 * All prefixes have the width of the longest name, at most a quarter of the terminal. An app's colour depends on
 * its position among the apps, so that it stays the same across sessions.
 */
export function createPrefixes(
  apps: readonly string[],
  columns: number,
  colors: Colors,
  separator: Separator = byStream,
): Prefixes {
  const longest = Math.max(0, ...[OURS, ...apps].map(displayWidth));
  const width = Math.min(longest, Math.max(8, Math.floor(columns / 4)));
  const places = new Map(apps.map((app, index) => [app, index]));
  const made = new Map<string, string>();
  const names = new Map<string, string>();

  const nameOf = (app: string): string => {
    const name = pad(shorten(app, width), width);
    if (app === OURS) return colors.bold(name);
    const place = places.get(app) ?? places.size;
    places.set(app, place);
    return colors[HUES[place % HUES.length] ?? "cyan"](name);
  };
  const behind = (name: string, stream: Stream, level: Level | null): string =>
    `${name} ${separator(stream, level, colors)} `;

  return {
    of(app, stream, level = null) {
      const key = `${stream} ${level} ${app}`;
      let prefix = made.get(key);
      if (prefix === undefined) {
        const name = names.get(app) ?? nameOf(app);
        names.set(app, name);
        prefix = behind(name, stream, level);
        made.set(key, prefix);
      }
      return prefix;
    },
    more: (stream, level = null) => behind(" ".repeat(width), stream, level),
  };
}
