import { stripVTControlCharacters } from "node:util";
import { escaped, inReadingOrder } from "./reading-order.ts";

export { counted, duration, plural, timeOfDay } from "./figures.ts";

/**
 * The usual case, one column a character: ASCII, the letters of Latin scripts, and the lines, arrows and dots that devpm
 * draws with. What splits any other text takes 9 ms to create, at the moment when the first app prints.
 */
export const ONE_COLUMN_EACH = /^[ -~\u00A1-\u00AC\u00AE-\u024F\u2010-\u2027\u2190-\u2193\u2500-\u257F●○◌✔✖]*$/;

/** What a user sees as one character: a letter with its marks, a family of emoji. Created when first needed. */
let graphemes: Intl.Segmenter | null = null;

function charactersOf(text: string): string[] {
  if (ONE_COLUMN_EACH.test(text)) return text.split("");
  graphemes ??= new Intl.Segmenter();
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Columns a text takes in a terminal: wide East Asian characters and emoji take two, marks and controls none. */
export function displayWidth(text: string): number {
  const shown = stripVTControlCharacters(text);
  if (ONE_COLUMN_EACH.test(shown)) return shown.length;
  return charactersOf(shown).reduce((width, character) => width + widthOf(character), 0);
}

const NOTHING = /^[\p{Cc}\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/u;
/** Drawn as a picture: by default, or because U+FE0F requests it. ✔ and ✖ are letters otherwise. */
const PICTURE = /\p{Emoji_Presentation}|\uFE0F/u;

function widthOf(character: string): number {
  if (NOTHING.test(character)) return 0;
  if (PICTURE.test(character)) return 2;
  const code = character.codePointAt(0) ?? 0;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}

export const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - displayWidth(text)));

/** At most `width` columns, the end replaced by an ellipsis. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let columns = 0;
  for (const character of charactersOf(text)) {
    columns += displayWidth(character);
    if (columns > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/**
 * Breaks at spaces; words that are too long stay whole, so that a path or a command can still be copied. Spaces inside
 * a line that fits are kept: columns and code stay aligned.
 */
export function wrap(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.trimStart().split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > width) {
      lines.push(line.trimEnd());
      line = word;
    } else line = longer;
  }
  lines.push(line.trimEnd());
  return lines.filter((each) => each !== "");
}

/** The same; the rows stand where the first one begins. */
export function wrapIndented(text: string, width: number): string[] {
  const [indent] = /^ */.exec(text) ?? [""];
  return wrap(text.slice(indent.length), width - indent.length).map((row) => indent + row);
}

/** `a`, `a and b`, `a, b and c`. */
export function joinWithAnd(items: readonly (string | number)[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

const ESCAPE = "\u001B";
const COLOR = new RegExp(`(${ESCAPE}\\[[\\d;:]*m)`);

const CONTROL = /[^\P{Cc}\t]/u;

/** The text of an app's line: without colours, and without anything else that a terminal acts on. */
export const plainLine = (line: string): string => (CONTROL.test(line) ? withoutEscapes(line) : line);

/**
 * A line of an app that is safe to print among others: colours stay, anything that moves the cursor or clears the screen is
 * removed, and no colour runs into the next line.
 */
export function coloredLine(line: string): string {
  if (!CONTROL.test(line)) return line;
  const parts = line.split(COLOR).map((part, index) => (index % 2 === 1 ? part : withoutEscapes(part)));
  return parts.length > 1 ? `${parts.join("")}${ESCAPE}[0m` : parts.join("");
}

/** For an output with these colours; `level` 0: it has none. */
export const printableLine = (line: string, { level }: { level: number }): string =>
  inReadingOrder(level > 0 ? coloredLine(line) : plainLine(line));

/** Control characters, and those that change the direction of a text, as escapes in source code. */
export const visible = (text: string): string => text.replaceAll(HIDDEN, escaped);

/** The same for text that is coloured already, of one line or more. */
export const visibleInColor = (text: string): string =>
  text
    .split(COLOR)
    .map((part, index) => (index % 2 === 1 ? part : visible(part)))
    .join("");

/** A value with all its texts made visible: names of files, containers and branches may hold any character. */
export function allVisible<T>(value: T): T {
  if (typeof value === "string") return visible(value) as T;
  if (Array.isArray(value)) return value.map(allVisible) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, allVisible(one as unknown)])) as T;
}

// oxlint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;

/**
 * Titles and other strings to the terminal first: node's own function leaves those with a space in them. Then a bell or what
 * else ends a string: where one follows a colour and a word, that function takes the word for the string.
 */
const STRINGS = new RegExp(
  `${ESCAPE}[\\]PX^_][^\u0007${ESCAPE}]*(?:\u0007|${ESCAPE}\\\\)?|\u0007|\u009C|${ESCAPE}\\\\`,
  "g",
);
/** The rest of a truncated sequence, and characters that ring, delete or move. A tab is text. */
const CONTROLS = /[^\P{Cc}\t]/gu;

const withoutEscapes = (text: string): string =>
  stripVTControlCharacters(text.replaceAll(STRINGS, "")).replaceAll(CONTROLS, "");
