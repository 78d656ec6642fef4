const SHAPES: Record<string, string> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };

/** A glob as the source of a regular expression: `*` and `?` stay within a name, `**` does not. For how long: glob-cost.ts. */
export const globSource = (glob: string): string =>
  glob
    // the same, and many of them would take years not to match
    .replaceAll(/\*{3,}/g, "**")
    .replaceAll(/(\*\*\/)+/g, "**/")
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => SHAPES[part] ?? inPattern(part))
    .join("");

/** A text as a regular expression for itself. */
export const inPattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
