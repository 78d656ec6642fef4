/** Words as a person would type them in a shell. */
export const quoted = (...words: readonly string[]): string => words.map(quotedWord).join(" ");

const quotedWord = (word: string): string =>
  /^[\w@%+=:,./$-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
