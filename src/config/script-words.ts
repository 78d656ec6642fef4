/** A word of a shell line, as written and as the shell would pass it on. A variable in it stays as written. */
export interface Word {
  raw: string;
  value: string;
}

const TOKENS = /\s+|&&|\|\||[;|&\n()`]|(?:[^\s"'\\;|&()`]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')+/g;

/**
 * A line of package.json's scripts as the simple commands it runs one after the other; null where it does more than that
 * (pipes, background jobs, subshells): what is appended to it would not reach the last program alone.
 */
export function simpleCommands(line: string): Word[][] | null {
  const commands: Word[][] = [[]];
  for (const [token] of line.trim().matchAll(TOKENS)) {
    if (token === "&&" || token === ";") commands.push([]);
    else if (/^(?:\|\||[|&\n()`])$/.test(token)) return null;
    else if (token.trim() !== "") commands.at(-1)!.push({ raw: token, value: unquoted(token) });
  }
  const filled = commands.filter((words) => words.length > 0);
  return filled.length === 0 || filled.at(-1) !== commands.at(-1) ? null : filled;
}

const unquoted = (raw: string): string =>
  raw.replaceAll(/\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g, (_, escaped, double, single) =>
    String(escaped ?? (double === undefined ? single : String(double).replaceAll(/\\(["\\$`])/g, "$1"))),
  );
