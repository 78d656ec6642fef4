import { displayWidth, pad, shorten } from "../util/text.ts";
import type { Colors } from "./colors.ts";

/**
 * `backend | ` before each line of stdout, `backend ¦ ` before stderr: distinct without colours too. Both separators
 * are Latin-1: with other characters, V8 stores and encodes every line in two bytes a letter, at three times the cost.
 */
export interface Prefixes {
  of(app: string, stream: "out" | "err"): string;
}

const OURS = "devpm";
const HUES = ["cyan", "magenta", "green", "yellow", "blue", "cyanBright", "magentaBright", "greenBright"] as const;

/**
 * All prefixes have the width of the longest name, at most a quarter of the terminal. An app's colour depends on
 * its position among the apps, so that it stays the same across sessions.
 */
export function createPrefixes(apps: readonly string[], columns: number, colors: Colors): Prefixes {
  const longest = Math.max(0, ...[OURS, ...apps].map(displayWidth));
  const width = Math.min(longest, Math.max(8, Math.floor(columns / 4)));
  const places = new Map(apps.map((app, index) => [app, index]));
  const made = { out: new Map<string, string>(), err: new Map<string, string>() };

  const make = (app: string, stream: "out" | "err"): string => {
    const name = pad(shorten(app, width), width);
    if (app === OURS) return `${colors.bold(name)} ${colors.dim("|")} `;
    const place = places.get(app) ?? places.size;
    places.set(app, place);
    const hue = colors[HUES[place % HUES.length] ?? "cyan"];
    return stream === "out" ? `${hue(name)} ${colors.dim("|")} ` : `${hue(name)} ${colors.red("¦")} `;
  };

  return {
    of(app, stream) {
      let prefix = made[stream].get(app);
      if (prefix === undefined) {
        prefix = make(app, stream);
        made[stream].set(app, prefix);
      }
      return prefix;
    },
  };
}
