import { LONGEST_ROW, type Excerpt } from "../model/page.ts";
import { plainLine } from "../util/text.ts";

/** What is shown before a match: few enough that the match can be seen on a narrow screen. */
const BEFORE = 40;

/** The part around a match that is not in the beginning of the line, which a row shows. `indexIn`: where it is in plain text. */
export function excerptOf(line: string, indexIn: (plain: string) => number): Excerpt | null {
  if (line.length <= LONGEST_ROW) return null;
  const plain = plainLine(line);
  const at = indexIn(plain);
  if (at < plainLine(line.slice(0, LONGEST_ROW)).length) return null;
  const from = wholeFrom(plain, Math.max(0, at - BEFORE));
  const to = wholeFrom(plain, from + LONGEST_ROW);
  // copied: a slice would keep the whole line in memory
  return { before: from, text: Buffer.from(plain.slice(from, to)).toString(), after: plain.length - to };
}

/** This place in the text; the one before where it is in the middle of a surrogate pair. */
function wholeFrom(text: string, place: number): number {
  const unit = text.charCodeAt(place);
  return Math.min(text.length, unit >= 0xdc00 && unit <= 0xdfff ? place - 1 : place);
}
