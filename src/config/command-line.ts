import type { Command } from "../model/project.ts";

/**
 * A command line as a shell would read it: its words, where it holds nothing but words, quotes and escapes; else the
 * line itself, for a shell to run. `$PORT` stays in the words: it is substituted when the app starts.
 */
export function parseCommand(line: string): Command {
  const argv = wordsOf(line);
  return argv === null || argv.length === 0 || BUILTINS.has(argv[0] ?? "") || /^\w+=/.test(argv[0] ?? "")
    ? { line, shell: true }
    : { argv, shell: false };
}

/**
 * The quote that a line opens and does not close; null also where only a shell knows (substitutions, here-documents).
 */
export function unclosed(line: string): string | null {
  if (/`|\$\(|<</.test(line)) return null;
  let open: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    if (character === "\\" && open !== "'") at++;
    else if (open !== null) open = character === open ? null : open;
    else if (character === "'" || character === '"') open = character;
    else if (character === "#" && /^$|\s/.test(line[at - 1] ?? "")) {
      const end = line.indexOf("\n", at);
      if (end === -1) return null;
      at = end;
    }
  }
  return open;
}

/** What only a shell can do, or does to itself. */
const BUILTINS = new Set([
  ".",
  ":",
  "cd",
  "command",
  "eval",
  "exec",
  "exit",
  "export",
  "read",
  "set",
  "source",
  "time",
  "trap",
  "type",
  "ulimit",
  "umask",
  "unset",
  "wait",
]);

/** Operators, redirects, globs, substitutions, comments, history, brace expansion. */
const SPECIAL = /[|&;<>()`*?[\]#!{}\n]/;

/** null where it takes a shell to understand the line. */
function wordsOf(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < line.length;) {
    const rest = line.slice(at);
    const [token, meaning] = read(rest, word === null);
    if (meaning === null) return null;
    if (meaning === BREAK) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + meaning;
    }
    at += token;
  }
  return word === null ? words : [...words, word];
}

const BREAK = Symbol("between two words");

/** The length of the next piece, and what it adds to the word; null where only a shell knows. */
function read(rest: string, atStart: boolean): [length: number, meaning: string | typeof BREAK | null] {
  const first = rest[0] ?? "";
  if (/[ \t]/.test(first)) return [1, BREAK];
  if (first === "'") return single(rest);
  if (first === '"') return double(rest);
  if (first === "\\") return rest[1] === undefined || /[$\n]/.test(rest[1]) ? [1, null] : [2, rest[1]];
  if (first === "$") return variable(rest);
  if (SPECIAL.test(first) || (first === "~" && atStart)) return [1, null];
  return [1, first];
}

function single(rest: string): [number, string | null] {
  const end = rest.indexOf("'", 1);
  const inside = rest.slice(1, end);
  // a quoted $PORT means the five characters: substituting it would be wrong
  return end === -1 || inside.includes("$PORT") || inside.includes("${PORT}") ? [1, null] : [end + 1, inside];
}

function double(rest: string): [number, string | null] {
  let inside = "";
  for (let at = 1; at < rest.length;) {
    const char = rest[at] ?? "";
    if (char === '"') return [at + 1, inside];
    if (char === "`") return [1, null];
    if (char === "$") {
      const [length, meaning] = variable(rest.slice(at));
      if (meaning === null) return [1, null];
      inside += meaning;
      at += length;
    } else if (char === "\\" && /["\\]/.test(rest[at + 1] ?? "")) {
      inside += rest[at + 1];
      at += 2;
    } else if (char === "\\" && /[$`\n]/.test(rest[at + 1] ?? "")) {
      return [1, null];
    } else {
      inside += char;
      at += 1;
    }
  }
  return [1, null];
}

/** `$PORT` and `${PORT}` stay as they are; any other variable takes a shell. */
function variable(rest: string): [number, string | null] {
  const port = /^\$(?:PORT\b|\{PORT\})/.exec(rest);
  if (port) return [port[0].length, "$PORT"];
  return /^\$[\w{(*@#?$!-]/.test(rest) ? [1, null] : [1, "$"];
}
