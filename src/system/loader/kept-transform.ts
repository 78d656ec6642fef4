import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import Module, { createRequire, isBuiltin } from "node:module";
import path from "node:path";
import { upwards } from "../../util/paths.ts";
import { files } from "../files/files.ts";
import { version } from "../version.ts";

/**
 * What tsx makes of a configuration, kept under all that it depends on: tsx and its esbuild take longer to load than all
 * else that a start does with the configuration. What is kept is run, so it is for a file that only this user can write.
 */
export interface KeptTransform {
  /** As tsx had it compiled; null: not known. */
  readonly compiled: Compiled | null;
  /** What tsx had compiled during a load that succeeded. */
  keep(compiled: Compiled | null): Promise<void>;
}

export interface Compiled {
  code: string;
  /** tsx adds its namespace to the file's own, and `import.meta.url` has it. */
  filename: string;
}

/** Of what is kept; each change of it is another one. */
const FORMAT = "2";

/** `kept`: where; null: nowhere. */
export function keptTransform(file: string, kept: string | null): KeptTransform {
  const text = kept === null ? null : read(file);
  if (kept === null || text === null || !mayStandAlone(text)) return { compiled: null, keep: () => Promise.resolve() };
  const key = digestOf([FORMAT, process.version, version, tsxVersion(), file, text].join("\0"));
  return {
    compiled: parse(read(kept), key),
    async keep(compiled) {
      // it may have been saved while it was loaded
      if (compiled === null || !standsAlone(compiled.code) || read(file) !== text) return;
      await files.write(kept, print(compiled, key)).catch(() => {});
    },
  };
}

/** Runs it as tsx would. */
export function runCompiled({ code, filename }: Compiled): unknown {
  const module = new Module(filename);
  module.filename = filename;
  (module as Module & Compiling)["_compile"](code, filename);
  module.loaded = true;
  return module.exports as unknown;
}

/**
 * Stacks that are read in `run` have the lines of the source, by the map at the end of what is compiled. Not for longer: Node
 * reads the stack of every refused connection, and looks for a map of each of its lines.
 */
export function withSourceMaps<T>(run: () => T): T {
  const { sourceMapsEnabled } = process;
  process.setSourceMapsEnabled(true);
  try {
    return run();
  } finally {
    process.setSourceMapsEnabled(sourceMapsEnabled);
  }
}

/** Calls `load`, and finds what was compiled for `file` meanwhile. */
export function observed<T>(file: string, load: () => T): { value: T; compiled: Compiled | null } {
  const internals = Module.prototype as unknown as Compiling;
  const { _compile: before } = internals;
  let compiled: Compiled | null = null;
  internals["_compile"] = function compile(this: unknown, code, filename, ...rest) {
    if (filename.split("?")[0] === file) compiled = { code, filename };
    return before.call(this, code, filename, ...rest);
  };
  try {
    const value = load();
    return { value, compiled };
  } finally {
    internals["_compile"] = before;
  }
}

interface Compiling {
  _compile(code: string, filename: string, ...rest: unknown[]): unknown;
}

/** How a class is compiled depends on a tsconfig.json, which is one of several and may extend others. */
const mayStandAlone = (text: string): boolean => !/\bclass\b/.test(text);

/** It loads nothing but devpm and what Node has: other files are inputs too, and tsx has to resolve them. */
function standsAlone(code: string): boolean {
  const program = code.replace(/\n\/\/# sourceMappingURL=\S*\s*$/, "");
  const rest = program.replaceAll(/\brequire\("([^"]+)"\)/g, (call, name: string) => (isPlain(name) ? "" : call));
  return !/\brequire\b|\bimport\s*\(|\bcreateRequire\b|\b_load\b/.test(rest);
}

/** Through `module` it could load anything. */
const isPlain = (name: string): boolean => name === "devpm" || (isBuiltin(name) && !/^(node:)?module$/.test(name));

/** The digests come first: of what it was made of, and of what follows, which a full disk may have cut. */
function print({ code, filename }: Compiled, key: string): string {
  // a path may have line ends
  const body = `${JSON.stringify(filename)}\n${code}`;
  return `${key}\n${digestOf(body)}\n${body}`;
}

function parse(text: string | null, key: string): Compiled | null {
  const head = `${key}\n`;
  if (!text?.startsWith(head)) return null;
  const [digest = "", filename = "", ...lines] = text.slice(head.length).split("\n");
  const code = lines.join("\n");
  return digestOf(`${filename}\n${code}`) === digest ? { code, filename: JSON.parse(filename) as string } : null;
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Found as Node finds a package: its own way there, with `exports` and links, takes 5 ms of a start. */
function tsxVersion(): string {
  for (const folder of upwards(import.meta.filename)) {
    const text = read(path.join(folder, "node_modules/tsx/package.json"));
    if (text !== null) return (JSON.parse(text) as { version: string }).version;
  }
  return (createRequire(import.meta.filename)("tsx/package.json") as { version: string }).version;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
