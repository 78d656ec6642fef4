export interface Text {
  slice(range: { from: number; to: number }): string;
  /** The line of an offset, from 1. */
  line(at: number): number;
}

/** A text with its lines, found by bisection. */
export function textOf(source: string): Text {
  const starts = [0];
  for (let at = source.indexOf("\n"); at !== -1; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return {
    slice: ({ from, to }) => source.slice(from, to),
    line: (at) => {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((starts[middle] ?? 0) <= at) low = middle;
        else high = middle - 1;
      }
      return low + 1;
    },
  };
}

/** The line on which a pattern first matches, from 1; 1 where it does not. */
export function lineWhere(source: string, pattern: RegExp | string): number {
  const at = typeof pattern === "string" ? source.indexOf(pattern) : source.search(pattern);
  return at === -1 ? 1 : source.slice(0, at).split("\n").length;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\", "'": "'", '"': '"', "/": "/" };

/** The text of a literal of Python or JavaScript, without prefix and quotes; a text without quotes stays as it is. */
export function unquoted(literal: string): string {
  const found = /^([A-Za-z]{0,2})("""|'''|"|'|`)/.exec(literal);
  if (!found) return literal;
  const [, prefix = "", quote = ""] = found;
  const inside = literal.slice(prefix.length + quote.length, literal.length - quote.length);
  if (/r/i.test(prefix)) return inside;
  return inside.replaceAll(/\\(.)/g, (all, escaped: string) => ESCAPES[escaped] ?? all);
}
