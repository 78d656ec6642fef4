import { inReadingOrder } from "../../src/util/reading-order.ts";

/** A piece of a line in one style. */
export interface Piece {
  text: string;
  /** Names of CSS classes. */
  style: string;
}

interface Style {
  fore: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

const PLAIN: Style = { fore: "", bold: false, dim: false, italic: false, underline: false };
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** An escape sequence: a colour (CSI … m), any other CSI, an OSC with its text, or two characters. */
const ESCAPE =
  // oxlint-disable-next-line no-control-regex
  /\u001B(?:\[([\d;:]*)m|\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\|$)|[ -/]*[0-~]|$)|[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/**
 * A line as a terminal colours it. What else an escape sequence does (moving, clearing, titles, links) is left out, and so is
 * every other control character: the pieces are text and nothing but text, in the order in which it is stored.
 */
export function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let style = PLAIN;
  let from = 0;
  const add = (text: string): void => {
    if (text !== "") found.push({ text: inReadingOrder(text), style: classes(style) });
  };
  for (const match of line.matchAll(ESCAPE)) {
    add(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] !== undefined) style = restyled(style, match[1]);
  }
  add(line.slice(from));
  return found;
}

/** The text alone. */
export const plainText = (line: string): string => inReadingOrder(line.replaceAll(ESCAPE, ""));

function restyled(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let next = { ...style };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) next = { ...PLAIN };
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code === 39) next.fore = "";
    else if (code >= 30 && code <= 37) next.fore = NAMES[code - 30]!;
    else if (code >= 90 && code <= 97) next.fore = NAMES[code - 90]!;
    else if (code === 38 || code === 48) {
      // 5;N is one of 256 colours, 2;R;G;B any: the first sixteen are the theme's own
      const isIndexed = codes[at + 1] === 5;
      const index = codes[at + 2] ?? 16;
      if (code === 38 && isIndexed && index < 16) next.fore = NAMES[index % 8]!;
      at += isIndexed ? 2 : 4;
    }
  }
  return next;
}

const classes = ({ fore, bold, dim, italic, underline }: Style): string =>
  [
    fore === "" ? "" : `ansi-${fore}`,
    bold ? "bold" : "",
    dim ? "dim" : "",
    italic ? "italic" : "",
    underline ? "underline" : "",
  ]
    .filter((name) => name !== "")
    .join(" ");
