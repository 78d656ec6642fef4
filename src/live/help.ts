import type { Colors } from "../ui/colors.ts";
import { displayWidth, pad, wrap } from "../util/text.ts";
import { PLACE_KEYS, KEYS, SIGNS } from "./keys.ts";

/** `h`: every key and every sign, and which key is which app. */
export function helpLines(apps: readonly string[], columns: number, colors: Colors): string[] {
  return [
    "",
    colors.bold("Keys"),
    ...rows(
      KEYS.map(({ keys, does }) => [keys, does]),
      columns,
      colors,
    ),
    ...rows([["Ctrl+C", "ends the session; of `attach`: leaves it. Ctrl+Z and `fg` work as usual"]], columns, colors),
    "",
    colors.bold("Apps"),
    ...rows(
      apps.map((name, index) => [PLACE_KEYS[index] ?? " ", name]),
      columns,
      colors,
    ),
    "",
    colors.bold("Signs"),
    ...rows(SIGNS, columns, colors),
    "",
  ];
}

function rows(pairs: readonly (readonly [string, string])[], columns: number, colors: Colors): string[] {
  const width = Math.max(6, ...pairs.map(([left]) => displayWidth(left)));
  return pairs.flatMap(([left, right]) =>
    wrap(right, Math.max(20, columns - width - 5)).map(
      (part, index) => `  ${colors.cyan(pad(index === 0 ? left : "", width))}  ${part}`,
    ),
  );
}
