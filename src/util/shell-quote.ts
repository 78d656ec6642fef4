/** Words as a user would type them in a shell. */
export const shellQuote = (...words: readonly string[]): string => words.map(quoteWord).join(" ");

const quoteWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The words of a line that `shellQuote` made: the reverse of it, and no more of a shell than that. */
export const shellWords = (line: string): string[] =>
  (line.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []).map((word) => word.replaceAll(/'([^']*)'|\\(')/g, "$1$2"));
