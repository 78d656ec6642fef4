import type { Colors } from "./colors.ts";
import { displayWidth, shorten } from "../util/text.ts";

type Row = Readonly<Record<string, string>>;
type Paint = (column: string, text: string) => ((text: string) => string) | null;

const GAP = 2;

const widthOf = (name: string, texts: readonly string[]): number =>
  Math.max(displayWidth(name), ...texts.map(displayWidth));

/** How wide a terminal must be for every column that is not empty. */
export function tableWidth(rows: readonly Row[]): number {
  const columns = Object.keys(rows[0] ?? {}).map((name) => ({ name, texts: rows.map((row) => row[name] ?? "") }));
  const kept = columns.filter(({ texts }) => texts.some((text) => text !== ""));
  return kept.reduce((sum, { name, texts }) => sum + widthOf(name, texts) + GAP, -GAP);
}

/** Names longer than this are cut where another column would have to go for them. */
const NAME = 24;

/**
 * Columns in the order of the rows' keys, the least important last: those that are empty in every row, or for which the
 * terminal is too narrow, are omitted. The first two always stay, and are cut before another one is omitted.
 */
export function table(rows: readonly Row[], columns: number, colors: Colors, paint: Paint): string[] {
  const filled = Object.keys(rows[0] ?? {})
    .map((name) => ({ name, texts: rows.map((row) => row[name] ?? "") }))
    .filter(({ texts }) => texts.some((text) => text !== ""));
  let excess = tableWidth(rows) - columns;
  const kept: { name: string; width: number }[] = [];
  let room = columns;
  for (const { name, texts } of filled) {
    let width = widthOf(name, texts);
    if (kept.length < 2) {
      const cut = Math.max(0, Math.min(excess, width - NAME));
      excess -= cut;
      width -= cut;
    } else if (width > room) continue;
    kept.push({ name, width: Math.min(width, columns) });
    room -= width + GAP;
  }
  const line = (cell: (name: string) => string, style: (name: string, text: string) => string): string =>
    kept
      .map(({ name, width }, index) => {
        const text = shorten(cell(name), width);
        return style(name, text) + (index === kept.length - 1 ? "" : " ".repeat(width - displayWidth(text) + GAP));
      })
      .join("")
      .trimEnd();
  return [
    line(
      (name) => name,
      (_, text) => colors.dim(text),
    ),
    ...rows.map((row) =>
      line(
        (name) => row[name] ?? "",
        (name, text) => paint(name, text)?.(text) ?? text,
      ),
    ),
  ];
}
