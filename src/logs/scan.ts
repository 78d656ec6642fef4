import { openScan } from "./simd.ts";

export interface Plain {
  /** How many lines of printable ASCII and tabs there are from where the search began. */
  count: number;
  /** They, with an LF between two. */
  text: string;
  /** They have characters that JSON escapes. */
  escapes: boolean;
  /** Behind the LF of the last of them. */
  next: number;
  /** All that follows is the beginning of such a line. */
  begins: boolean;
}

/** V8 gives strings of more than 128 KB pages of their own, which costs more than the work on them. */
const MOST_TOGETHER = 120 * 1024;

/** Finds whole plain lines in a piece of output, from a place in it up to the first one that is not plain or not whole. */
export function plainLinesIn(bytes: Buffer): (from: number) => Plain {
  const scan = openScan(bytes);
  return (from) => {
    const { count, escapes, next, stopped } = scan.lines(from, Math.min(bytes.length, from + MOST_TOGETHER));
    const text = count === 0 ? "" : scan.text(from, next - 1);
    return { count, text, escapes, next, begins: stopped === bytes.length };
  };
}
