import type { Parser, PartialParse, Tree } from "@lezer/common";

/**
 * Steps that a parser may take right after errors, where each costs a hundred times as much: a text of some thousand characters
 * without sense would take seconds. A file that a person is just editing has a few errors, of five steps each.
 */
const MOST_RECOVERY = 100;

/** The tree of a text, however broken; null for one that is not in this language at all. */
export function parsed(parser: Parser, source: string): Tree | null {
  // not in the library's types: how many more steps count as recovery from the last error
  const parse: PartialParse & { recovering?: number } = parser.startParse(source);
  let recovery = 0;
  for (;;) {
    const tree = parse.advance();
    if (tree !== null) return tree;
    if ((parse.recovering ?? 0) > 0 && ++recovery > MOST_RECOVERY) return null;
  }
}
