import { parser } from "@lezer/javascript";
import { parsed } from "./bounded-parse.ts";
import { isTooDeep } from "./depth.ts";
import { type Plain, isCallable } from "./javascript-value.ts";
import { Reader } from "./javascript-reader.ts";

const typescript = parser.configure({ dialect: "ts jsx" });

/** The text of a file that another one imports by a relative path, and what that one imports; null: there is none. */
export type Imports = (specifier: string) => { text: string; imports: Imports } | null;

/** How many files one config leads to, one behind the other. */
const FILES_DEEP = 3;

interface Source {
  text: string;
  env: Readonly<Record<string, string>>;
  imports: Imports;
  filesDeep: number;
}

/**
 * What a config file exports by default, its literals, defaults and conditions read: `env` is what `process.env` holds. An
 * unknown condition counts as false, so a ternary gives what follows its colon.
 */
export function evaluateExport(
  text: string,
  env: Readonly<Record<string, string>> = {},
  imports: Imports = () => null,
): Plain {
  return attempted({ text, env, imports, filesDeep: 0 }, (reader) => reader.called(reader.exported()));
}

/** JSON with comments and trailing commas; undefined where it is none. */
export function readJsonc(source: string): Plain {
  const text = `(${source}\n)`;
  return attempted({ text, env: {}, imports: () => null, filesDeep: 0 }, (reader) => reader.exported());
}

/** A parser follows nested chains (`a.b.c…`) only as deep as its stack allows. */
function attempted(source: Source, read: (reader: Reader) => Plain): Plain {
  const { text, env } = source;
  if (isTooDeep(text)) return undefined;
  try {
    const tree = parsed(typescript, text);
    const exports = (specifier: string, name: string | null): Plain => exportOf(source, specifier, name);
    return tree === null ? undefined : read(new Reader(text, tree.topNode, env, exports));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What a file of the project exports. A function of it is not followed: it belongs to that file. */
function exportOf({ env, imports, filesDeep }: Source, specifier: string, name: string | null): Plain {
  const file = filesDeep < FILES_DEEP && specifier.startsWith(".") ? imports(specifier) : null;
  if (!file) return undefined;
  const value = attempted({ ...file, env, filesDeep: filesDeep + 1 }, (reader) =>
    name === null || name === "default" ? reader.called(reader.exported()) : reader.named(name),
  );
  return isCallable(value) ? undefined : value;
}
