import { parser } from "@lezer/javascript";
import { parsed } from "./bounded-parse.ts";
import { isTooDeep } from "./depth.ts";
import { type Plain, isCallable } from "./javascript-value.ts";
import { JavascriptReader } from "./javascript-reader.ts";

const typescript = parser.configure({ dialect: "ts jsx" });

/** The text of a file that another one imports by a relative path, and what that one imports; null: there is none. */
export type Imports = (specifier: string) => { text: string; imports: Imports } | null;

/** How many files one config leads to: one behind the other, and in all. */
const FILES_DEEP = 3;
const FILES = 20;

interface Source {
  text: string;
  env: Readonly<Record<string, string>>;
  imports: Imports;
  filesDeep: number;
  /** How many more files may be opened; all sources of one config share it. */
  left: { files: number };
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
  return attempted(() => {
    const reader = readerOf({ text, env, imports, filesDeep: 0, left: { files: FILES } });
    return reader?.called(reader.exported());
  });
}

/** JSON with comments and trailing commas; undefined where it is none. */
export function readJsonc(source: string): Plain {
  const text = `(${source}\n)`;
  return attempted(() =>
    readerOf({ text, env: {}, imports: () => null, filesDeep: 0, left: { files: 0 } })?.exported(),
  );
}

/** A parser follows nested chains (`a.b.c…`) only as deep as its stack allows. */
function attempted(read: () => Plain): Plain {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readerOf(source: Source): JavascriptReader | null {
  const { text, env } = source;
  const tree = isTooDeep(text) ? null : parsed(typescript, text);
  const opened = new Map<string, JavascriptReader | null>();
  const open = (specifier: string): JavascriptReader | null => {
    const reader = opened.get(specifier) ?? (opened.has(specifier) ? null : behind(source, specifier));
    opened.set(specifier, reader);
    return reader;
  };
  const exports = (specifier: string, name: string | null): Plain => attempted(() => exportOf(open(specifier), name));
  return tree === null ? null : new JavascriptReader(text, tree.topNode, env, exports);
}

/** A file of the project that a source imports. */
function behind({ env, imports, filesDeep, left }: Source, specifier: string): JavascriptReader | null {
  if (filesDeep >= FILES_DEEP || left.files === 0 || !specifier.startsWith(".")) return null;
  const file = imports(specifier);
  if (!file) return null;
  left.files--;
  return readerOf({ ...file, env, filesDeep: filesDeep + 1, left });
}

/** What such a file exports. A function of it is not followed: it belongs to that file. */
function exportOf(reader: JavascriptReader | null, name: string | null): Plain {
  const isDefault = name === null || name === "default";
  const value = isDefault ? reader?.called(reader.exported()) : reader?.named(name);
  return isCallable(value) ? undefined : value;
}
