import type { Fault } from "../model/fault.ts";
import { plainLine, plural, shorten, timeOfDay, visible } from "../util/text.ts";
import type { Colors } from "./colors.ts";

/** As much as a screen shows, whatever is broken. */
const MOST_LINES = 38;
const HEADLINES = 2;
const MOST_FRAME_LINES = 6;

/** `devpm errors` for people: newest first, each with its place, how often, and the code if there is room. */
export function faultLines(faults: readonly Fault[], columns: number, colors: Colors): string[] {
  if (faults.length === 0) return [`${colors.green("✔")} nothing is broken, as far as devpm sees`];
  const shown = faults.slice(0, Math.floor((MOST_LINES - HEADLINES) / 2));
  const room = Math.floor((MOST_LINES - HEADLINES - shown.length * 2) / shown.length);
  const rest = faults.length - shown.length;
  return [
    `${plural(faults.length, "error")}${rest > 0 ? `, the newest ${shown.length} of them here: devpm errors --json has all` : ""}`,
    "",
    ...shown.flatMap((fault) => block(fault, Math.min(room, MOST_FRAME_LINES), columns, colors)),
  ];
}

function block(
  { app, file, line, message, count, last, frame }: Fault,
  room: number,
  columns: number,
  colors: Colors,
): string[] {
  const place = file === null ? "" : ` ${colors.cyan(`${visible(file)}${line === null ? "" : `:${line}`}`)}`;
  const often = count > 1 ? `×${count}, last ${timeOfDay(last)}` : timeOfDay(last);
  const text = (words: string, width: number): string => shorten(visible(plainLine(words)), width);
  const code = frame.slice(0, room).map((one) => `  ${colors.red("│")} ${text(one, columns - 4)}`);
  return [
    `${colors.red("✖")} ${colors.bold(app)}${place}  ${colors.dim(often)}`,
    `  ${text(message, columns - 2)}`,
    ...code,
  ];
}
