import type { SyntaxNode } from "@lezer/common";
import { children } from "./javascript-nodes.ts";
import { type Text, unquoted } from "./text.ts";

/** Where an imported name comes from; without a name: what that file exports by default. */
export interface Origin {
  from: string;
  name: string | null;
}

/** The file of the project that a name is imported from; null: it is not, or from a package. */
export function originOf(name: string, root: SyntaxNode, text: Text): Origin | null {
  for (const statement of children(root)) {
    const source = statement.name === "ImportDeclaration" ? statement.getChild("String") : null;
    const from = source ? unquoted(text.slice(source)) : "";
    if (!source || !from.startsWith(".")) continue;
    const clause = text
      .slice(statement)
      .slice("import".length)
      .replace(/\bfrom\s*["'][^]*$/, "");
    if (!wordPattern(name).test(clause)) continue;
    const outer = clause.replace(/\{[^]*\}/, "");
    const original = wordPattern(name, String.raw`([\w$]+)\s+as\s+`).exec(clause)?.[1] ?? name;
    return { from, name: wordPattern(name).test(outer) ? null : original };
  }
  return null;
}

/** A name as a word of its own; in a broken file it may be any text. */
export const wordPattern = (name: string, before = ""): RegExp =>
  new RegExp(`(?<![\\w$])${before}${name.replaceAll(/[^\w]/g, String.raw`\$&`)}(?![\\w$])`);
