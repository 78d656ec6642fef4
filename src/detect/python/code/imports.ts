/** A module that a file imports. */
export interface ImportedModule {
  /** `a.b`; empty for `from . import x`. */
  module: string;
  /** Number of leading dots. */
  level: number;
}

const STATEMENT = /^[ \t]*(?:from[ \t]+(\.*)[ \t]*([\w.]*)[ \t]+import\b|import[ \t]+([\w., \t]+))/gm;

/**
 * The modules that a text imports, by its import lines alone: a whole syntax tree takes a hundred times as long, and the
 * import root needs this of every file that is reached.
 */
export function importsIn(text: string): ImportedModule[] {
  const found: ImportedModule[] = [];
  for (const [, dots, from, plain] of withoutTexts(text).matchAll(STATEMENT)) {
    if (plain === undefined) found.push({ module: from ?? "", level: dots?.length ?? 0 });
    else found.push(...plain.split(",").map((one) => ({ module: one.trim().split(/\s/)[0] ?? "", level: 0 })));
  }
  return found.filter(({ module, level }) => module !== "" || level > 0);
}

/** A documentation text may hold lines that look like imports. */
const withoutTexts = (text: string): string =>
  text.includes('"""') || text.includes("'''") ? text.replaceAll(/("""|''')[^]*?\1/g, '""') : text;
