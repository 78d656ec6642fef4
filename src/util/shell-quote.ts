/** Words as a user would type them in a shell. */
export const shellQuote = (...words: readonly string[]): string => words.map(quoteWord).join(" ");

const quoteWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The words of a line that `shellQuote` made: the reverse of it, and no more of a shell than that. */
export const shellWords = (line: string): string[] =>
  (line.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []).map((word) => word.replaceAll(/'([^']*)'|\\(')/g, "$1$2"));

/** A name that a POSIX shell can export, and so a process can be started with. Others (`BASH_FUNC_x%%`) are no settings. */
export const isExportable = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
