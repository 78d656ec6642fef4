/** One program with its arguments, as a shell would start it. */
export interface SimpleCommand {
  words: string[];
  /** `NAME=value` before it, and what the script exported or assigned before. */
  env: Record<string, string>;
  /** Each `cd` before it, in order; resolved by the caller, which knows the folders. */
  cds: string[];
  /** Lines after the first of the script. */
  line: number;
}

type Token = { word: string; quoted: boolean; line: number } | { operator: string; line: number };

/**
 * The commands of a shell script, read leniently: what cannot be understood (substitutions, here-documents) stays as it is
 * written. Nothing is run. `variables`: the values for `$NAME` and `${NAME:-default}`.
 */
export function commandsIn(script: string, variables: Readonly<Record<string, string>> = {}): SimpleCommand[] {
  const state: State = { env: {}, cds: [], stack: [], known: { ...variables } };
  const commands: SimpleCommand[] = [];
  let words: { word: string; quoted: boolean; line: number }[] = [];
  const end = (): void => {
    const command = finish(words, state);
    if (command) commands.push(command);
    words = [];
  };
  for (const token of tokensOf(script)) {
    if ("word" in token) words.push({ ...token, word: expand(token.word, state.known) });
    else {
      end();
      if (token.operator === "(") state.stack.push([...state.cds]);
      if (token.operator === ")") state.cds = state.stack.pop() ?? state.cds;
    }
  }
  end();
  return commands;
}

interface State {
  env: Record<string, string>;
  cds: string[];
  stack: string[][];
  known: Record<string, string>;
}

const KEYWORDS = new Set([
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "do",
  "done",
  "while",
  "until",
  "!",
  "{",
  "}",
  "time",
  "@",
]);

function finish(read: readonly { word: string; quoted: boolean; line: number }[], state: State): SimpleCommand | null {
  let rest = [...read];
  while (rest[0] && !rest[0].quoted && KEYWORDS.has(rest[0].word)) rest = rest.slice(1);
  const own: Record<string, string> = {};
  const exported = rest[0] !== undefined && /^(export|set|declare|local|setx)$/.test(rest[0].word);
  if (exported) rest = rest.slice(1);
  // PowerShell: $env:NAME = "value", $name = "value"
  const [place, equals, value] = rest;
  const [, , set] = /^\$(env:)?([A-Za-z_]\w*)$/i.exec(place?.word ?? "") ?? [];
  if (set !== undefined && equals?.word === "=" && value) rest = [{ ...value, word: `${set}=${value.word}` }];
  for (let assign = assignment(rest[0]?.word); assign; assign = assignment(rest[0]?.word)) {
    own[assign[0]] = assign[1];
    rest = rest.slice(1);
  }
  const [first] = rest;
  if (!first) {
    Object.assign(state.env, own);
    Object.assign(state.known, own);
    return null;
  }
  if (exported) return null;
  if (/^(cd|pushd|Set-Location)$/i.test(first.word)) {
    const folder = rest.slice(1).find(({ word }) => !/^(-|\/d$)/i.test(word))?.word;
    if (folder !== undefined) state.cds.push(folder);
    return null;
  }
  return { words: rest.map(({ word }) => word), env: { ...state.env, ...own }, cds: [...state.cds], line: first.line };
}

function assignment(word: string | undefined): [string, string] | null {
  const found = /^(?:\$env:)?([A-Za-z_]\w*)=([^]*)$/.exec(word ?? "");
  return found ? [found[1] ?? "", found[2] ?? ""] : null;
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `%NAME%`; a plain reference without a value stays, not to be taken for one. */
export function expand(text: string, known: Readonly<Record<string, string>>): string {
  // the innermost first: a default may hold a reference of its own
  const inner = (part: string): string =>
    part.replaceAll(
      /\$\{(\w+)(?::?[-=]([^{}]*))?\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%/g,
      (all, braced?: string, fallback?: string, plain?: string, windows?: string) =>
        knownValue(known, braced ?? plain ?? windows ?? "") ?? fallback ?? all,
    );
  const once = inner(text);
  return NESTED.test(once) ? inner(once) : once;
}

/** Longer ones nobody wrote: `B=$A$A`, again and again, doubles without end. */
const LONGEST_VALUE = 1_000;

/** The value of a variable, where it is set to one that a person could have written. */
export function knownValue(known: Readonly<Record<string, string>>, name: string): string | undefined {
  const value = Object.hasOwn(known, name) ? known[name] : undefined;
  return value === undefined || value.length > LONGEST_VALUE ? undefined : value;
}

const NESTED = /\$\{\w+:?[-=][^{}]*\}/;

const OPERATOR = /^(&&|\|\||;;|[;&|()\n])/;

function* tokensOf(script: string): Generator<Token> {
  let at = 0;
  let line = 0;
  let word: string | null = null;
  let quoted = false;
  const take = (text: string): void => {
    word = (word ?? "") + text;
  };
  while (at < script.length) {
    const char = script[at] ?? "";
    const rest = script.slice(at, at + 2);
    // `shop:create_app()` is meant literally, whatever a shell would make of it
    const call =
      char === "(" && word !== null ? /^\([^()\n]{0,200}\)/.exec(script.slice(at, at + 204))?.[0] : undefined;
    const operator = call === undefined ? OPERATOR.exec(rest)?.[0] : undefined;
    if (rest === "\\\n" || rest === "^\n" || rest === "`\n") {
      at += 2;
      line++;
      continue;
    }
    const redirect =
      word === null || isDigit(word) ? /^&?[<>]+(&\d)?/.exec(script.slice(at, at + 5))?.[0] : /^[<>]/.exec(char)?.[0];
    if (redirect !== undefined) {
      // what follows is a file, not an argument
      if (word !== null && !isDigit(word)) yield { word, quoted, line };
      word = null;
      at += redirect.length;
      if (!redirect.includes("&")) at += /^\s*[^\s;&|()]*/.exec(script.slice(at, at + 200))?.[0].length ?? 0;
    } else if (/\s/.test(char) || operator !== undefined) {
      if (word !== null) yield { word, quoted, line };
      word = null;
      quoted = false;
      if (operator !== undefined) yield { operator, line };
      if (char === "\n") line++;
      at += operator?.length ?? 1;
    } else if (char === "#" && word === null) {
      const end = script.indexOf("\n", at);
      at = end === -1 ? script.length : end;
    } else {
      const [length, text, inQuotes] = call === undefined ? piece(script, at) : [call.length, call, false];
      quoted ||= inQuotes;
      line += newlines(script, at, length);
      take(text);
      at += length;
    }
  }
  if (word !== null) yield { word, quoted, line };
}

/** Its length first: a word grows by a character at a time. */
const isDigit = (word: string): boolean => word.length === 1 && /^\d$/.test(word);

/** The next piece of a word: how many characters it takes and what it adds. */
function piece(script: string, at: number): [length: number, text: string, quoted: boolean] {
  const char = script[at] ?? "";
  if (char === "\\") return [2, script[at + 1] ?? "", false];
  if (char === "'") return until(script, at, "'", false);
  if (char === '"') return until(script, at, '"', true);
  if (char === "$" && script[at + 1] === "(") return substitution(script, at);
  if (char === "$" && script[at + 1] === "{") {
    const end = script.indexOf("}", at);
    return end === -1 ? [1, char, false] : [end + 1 - at, script.slice(at, end + 1), false];
  }
  return [1, char, false];
}

/** Of one quoted text; further on its end is not looked for. */
const LONGEST = 4_000;

function until(script: string, at: number, quote: string, escapes: boolean): [number, string, boolean] {
  let text = "";
  for (let end = at + 1; end < Math.min(script.length, at + LONGEST); end++) {
    const char = script[end] ?? "";
    if (char === quote) return [end + 1 - at, text, true];
    if (escapes && char === "\\" && /["\\$`\n]/.test(script[end + 1] ?? "")) text += script[++end] ?? "";
    else text += char;
  }
  // an unclosed quote is an apostrophe
  return [1, quote, false];
}

function substitution(script: string, at: number): [number, string, boolean] {
  let open = 0;
  for (let end = at + 1; end < Math.min(script.length, at + LONGEST); end++) {
    if (script[end] === "(") open++;
    if (script[end] === ")" && --open === 0) return [end + 1 - at, script.slice(at, end + 1), false];
  }
  return [2, "$(", false];
}

function newlines(script: string, at: number, length: number): number {
  let count = 0;
  for (let index = at; index < at + length; index++) if (script[index] === "\n") count++;
  return count;
}
