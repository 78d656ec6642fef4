/*
 * An environment file (`.env`, `envFile`), read as python-dotenv reads it; docs/notes/environment-files.md has what the
 * other readers make of each line. The one difference: single quotes also keep `${NAME}` as it is.
 */

/** `NAME=value` of a file, references not yet filled in. `value` is null where the line is `NAME` alone. */
export interface Assignment {
  name: string;
  value: string | null;
  /** Where it begins, from 1. */
  line: number;
  /** false inside single quotes, where `${NAME}` is text. */
  expands: boolean;
}

/** A line that does not mean what it looks like. Never quotes a value: it may be a secret. */
export interface LineProblem {
  line: number;
  message: string;
}

export interface EnvFile {
  assignments: Assignment[];
  problems: LineProblem[];
}

export function parseEnvFile(text: string): EnvFile {
  const reader = new Reader(text.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n"));
  const file: EnvFile = { assignments: [], problems: [] };
  for (reader.take(/\s*/y); !reader.atEnd; reader.take(/\s*/y)) {
    const { line } = reader;
    const read = statement(reader);
    if (typeof read !== "string") {
      if (read !== null) file.assignments.push({ ...read, line });
      continue;
    }
    file.problems.push({ line, message: read });
    // the rest may still be good
    reader.take(/[^\n]*/y);
  }
  if (text.includes("\uFFFD")) file.problems.unshift({ line: 1, message: "the file is not UTF-8; save it as UTF-8" });
  return file;
}

/** The values as they are written, references not filled in: for a reader that only looks. */
export const writtenValues = (text: string): Record<string, string> =>
  Object.fromEntries(parseEnvFile(text).assignments.map(({ name, value }) => [name, value ?? ""]));

/** An assignment, null for a comment, or what is wrong with the line. */
function statement(reader: Reader): Omit<Assignment, "line"> | null | string {
  reader.take(/export[^\S\n]+/y);
  const quoted = reader.sees("'");
  const name = reader.take(quoted ? /'[^']+'/y : /[^=#\s]+/y)?.replaceAll("'", quoted ? "" : "'") ?? "";
  if (quoted && name === "") return "expected NAME=value";
  reader.take(/[^\S\n]*/y);
  const isSet = reader.take(/=[^\S\n]*/y);
  if (name === "" && isSet !== null) return "there is no name before =";
  const read = isSet === null ? { value: null, expands: false } : valueOf(reader, isSet.length > 1);
  if (typeof read === "string") return `${name}: ${read}`;
  reader.take(/[^\S\n]*(?:#[^\n]*)?/y);
  if (!reader.atEnd && !reader.sees("\n")) {
    return read.value === null ? "expected NAME=value" : `${name}: there is text after the closing quote`;
  }
  return name === "" ? null : { name, ...read };
}

function valueOf(reader: Reader, spaced: boolean): (Pick<Assignment, "expands"> & { value: string }) | string {
  if (reader.sees("'")) {
    const quoted = reader.take(/'[^'\\]*(?:\\[^][^'\\]*)*'/y);
    if (quoted === null) return "the quote ' is never closed";
    return { value: quoted.slice(1, -1).replaceAll(/\\([\\'])/g, "$1"), expands: false };
  }
  if (reader.sees('"')) {
    const quoted = reader.take(/"[^"\\]*(?:\\[^][^"\\]*)*"/y);
    if (quoted === null) return 'the quote " is never closed';
    return {
      value: quoted.slice(1, -1).replaceAll(/\\([\\'"abfnrtv])/g, (_, letter: string) => ESCAPES[letter] ?? letter),
      expands: true,
    };
  }
  // a comment takes white space before its #: a colour or a password may hold one
  if (spaced && reader.sees("#")) return { value: "", expands: false };
  const bare = reader.take(/[^\n]*/y) ?? "";
  return { value: bare.replace(/(?<=\s)#.*/, "").trimEnd(), expands: true };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The reader's position. */
class Reader {
  readonly #text: string;
  #at = 0;
  line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  sees(character: string): boolean {
    return this.#text.startsWith(character, this.#at);
  }

  /** What a sticky pattern matches here, and moves past it; null where it does not match. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const [found = null] = pattern.exec(this.#text) ?? [];
    if (found === null) return null;
    this.#at += found.length;
    this.line += found.split("\n").length - 1;
    return found;
  }
}

export interface Expanded {
  text: string;
  /** Names that have neither a value nor a default: an empty text takes their place. */
  missing: string[];
  /** References as Compose and shells know them and python-dotenv does not (`${NAME-…}`, `${NAME:?…}`). */
  foreign: string[];
}

/** Fills in `${NAME}` and `${NAME:-default}`. Nothing else is a reference: `$NAME` and `$$` are text. */
export function expandReferences(value: string, lookUp: (name: string) => string | undefined): Expanded {
  const expanded: Expanded = { text: "", missing: [], foreign: [] };
  let done = 0;
  for (let at = value.indexOf("${"); at !== -1; at = value.indexOf("${", at)) {
    const end = value.indexOf("}", at);
    if (end === -1) break;
    const body = value.slice(at + 2, end);
    const colon = body.indexOf(":");
    const isForeign = colon !== -1 && body[colon + 1] !== "-";
    const [foreign] = /^[A-Za-z_]\w*(?::[?+=]|[-?+])/.exec(body) ?? [];
    if (foreign !== undefined && (isForeign || colon === -1)) expanded.foreign.push(`\${${foreign}…}`);
    at += 2;
    if (isForeign) continue;
    const name = colon === -1 ? body : body.slice(0, colon);
    const found = lookUp(name) ?? (colon === -1 ? undefined : body.slice(colon + 2));
    if (found === undefined && foreign === undefined) expanded.missing.push(name);
    expanded.text += value.slice(done, at - 2) + (found ?? "");
    done = at = end + 1;
  }
  expanded.text += value.slice(done);
  return expanded;
}
