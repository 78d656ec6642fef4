import { statSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import { Script } from "node:vm";
import { builtFile } from "../../util/package-files.ts";
import { readKept, writeKept } from "../begin/code-cache.ts";

/*
 * PM2's client is sixty files and its daemon ninety, in a dozen packages. Node resolves, reads and compiles each by itself,
 * which takes three times as long as running them. So a start keeps what it has loaded in one file, with V8's bytecode,
 * beside devpm's own programs, as begin/run-bundle.ts does for those. It is made where devpm is installed, from the files that
 * are there, and used only while they are the same.
 */

export interface Keeping {
  /** Where it is kept. */
  folder: string;
  /** How long after the load: by then what a start needs has been compiled, and V8 has not dropped it yet. */
  afterMs: number;
}

const BESIDE: Keeping = { folder: builtFile("lib"), afterMs: 1_000 };

/** Calls `load`. The packages' files that it requires come from what the last start of that name kept, where they can. */
export const loadTogether = <T>(name: string, load: () => T, keeping = BESIDE): T => readTogether(name, keeping)(load);

/** What was kept is read and compiled; what is returned calls `load`, once. */
export function readTogether(name: string, { folder, afterMs } = BESIDE): <T>(load: () => T) => T {
  const file = path.join(folder, `${name}-${process.version}-${process.arch}.v8`);
  const known = recall(file);
  const seen: Seen = {
    state: { ...known?.state },
    resolved: known?.resolved ?? {},
    scripts: [],
    isNew: known === null,
  };
  return (load) => {
    const restore = hook(known, seen);
    try {
      return load();
    } finally {
      restore();
      if (seen.isNew) setTimeout(() => remember(file, seen), afterMs).unref();
    }
  };
}

interface Known {
  state: State;
  resolved: Resolved;
  files: ReadonlyMap<string, { source: string; script: Script | null }>;
}

/** The state of each file, each package's folder and each folder of packages: where one changes, a name may mean another file. */
type State = Record<string, string>;

/** Folder → what its files require → the file that this is. */
type Resolved = Record<string, Record<string, string>>;

interface Seen {
  /** From before it was read. */
  state: State;
  resolved: Resolved;
  scripts: { file: string; source: string; script: Script }[];
  /** Something had to be compiled. */
  isNew: boolean;
}

/** What Node's loader calls for each file; replaced by many tools, and so a part of Node that stays. */
interface Internals {
  _resolveFilename(request: string, parent: Module | undefined, isMain?: boolean, options?: object): string;
  _extensions: Record<string, (module: Module, file: string) => void>;
}

function hook(known: Known | null, seen: Seen): () => void {
  const internals = Module as unknown as Internals;
  const { _resolveFilename: resolve, _extensions: extensions } = internals;
  const loadJs = extensions[".js"]!;
  const runScript = (script: Script, source: string, module: Module, file: string): void => {
    seen.scripts.push({ file, source, script });
    seen.isNew ||= script.cachedDataRejected !== false;
    const wrapper = script.runInThisContext() as (this: unknown, ...args: unknown[]) => void;
    wrapper.call(module.exports, module.exports, requireOf(file, kept), module, file, path.dirname(file));
  };
  const kept: Kept = {
    resolved: (folder, request) => known?.resolved[folder]?.[request],
    load(file) {
      const one = known?.files.get(file);
      return one?.script ? (module) => runScript(one.script!, one.source, module, file) : null;
    },
  };
  internals["_resolveFilename"] = function resolveFilename(request, parent, ...rest) {
    // with other places to look in a name stands for something else each time
    if (hasPaths(rest[1])) return resolve.call(this, request, parent, ...rest);
    const from = path.dirname(parent?.filename ?? "");
    const before = known?.resolved[from]?.[request];
    const found = before ?? resolve.call(this, request, parent, ...rest);
    (seen.resolved[from] ??= {})[request] = found;
    if (before === undefined && path.isAbsolute(found))
      for (const place of [found, ...foldersOf(found)]) seen.state[place] ??= stateOf(place);
    return found;
  };
  extensions[".js"] = (module, file) => {
    const one = known?.files.get(file);
    // also where another hook has found it
    if (one === undefined) seen.state[file] ??= stateOf(file);
    const source = one?.source ?? sourceOf(file);
    const script = one?.script ?? (source === null ? null : scriptOf(file, source));
    if (source === null || script === null) return loadJs(module, file);
    runScript(script, source, module, file);
  };
  return () => {
    internals["_resolveFilename"] = resolve;
    extensions[".js"] = loadJs;
    // what requires something later holds none of it
    Object.assign(kept, NOTHING);
  };
}

/** What was kept; nothing once all is loaded. */
interface Kept {
  resolved(folder: string, request: string): string | undefined;
  load(file: string): ((module: Module) => void) | null;
}

const NOTHING: Kept = { resolved: () => undefined, load: () => null };

/** What a file requires: what was kept, without what Node's loader does for each file besides. */
function requireOf(file: string, kept: Kept): NodeJS.Require {
  let own: NodeJS.Require | undefined;
  const nodes = (): NodeJS.Require => (own ??= createRequire(file));
  const folder = path.dirname(file);
  const require = (request: string): unknown => {
    const found = kept.resolved(folder, request);
    if (found === undefined) return nodes()(request);
    // one of Node's own too, as with Node's own loader
    const before = cache[found];
    if (before) return before.exports;
    if (!path.isAbsolute(found)) return process.getBuiltinModule(found) ?? nodes()(request);
    const load = kept.load(found);
    return load ? loaded(found, load) : nodes()(request);
  };
  return new Proxy(require as NodeJS.Require, { get: (_, key) => Reflect.get(nodes(), key) as unknown });
}

const { cache } = createRequire(import.meta.filename);

function loaded(file: string, load: (module: Module) => void): unknown {
  const module = new Module(file);
  module.filename = file;
  cache[file] = module;
  try {
    load(module);
  } catch (error) {
    delete cache[file];
    throw error;
  }
  module.loaded = true;
  return module.exports as unknown;
}

/** Where hooks are registered (tsx does), Node gives options of its own each time. */
const hasPaths = (options: unknown): boolean => (options as { paths?: unknown } | undefined)?.paths !== undefined;

/** null: not of a package, or with an `import()`, for which what runs from bytecode has no loader. */
function sourceOf(file: string): string | null {
  if (!file.includes(`${path.sep}node_modules${path.sep}`)) return null;
  const source = readFileSync(file, "utf8");
  return /\bimport\s*\(/.test(source) ? null : Module.wrap(source);
}

/** null: no CommonJS. */
function scriptOf(filename: string, source: string, cachedData?: Buffer): Script | null {
  try {
    return new Script(source, { filename, ...(cachedData && { cachedData }) });
  } catch {
    return null;
  }
}

/** What the kept file begins with. */
interface Head {
  state: State;
  resolved: Resolved;
  /** In the order in which source and bytecode follow, and how many bytes each takes. */
  files: [file: string, source: number, bytecode: number][];
}

const LENGTH_BYTES = 4;

function remember(file: string, { state, resolved, scripts }: Seen): void {
  writeKept(file, () => {
    const parts = scripts.map(({ source, script }) => [Buffer.from(source), script.createCachedData()] as const);
    const files = scripts.map(
      (one, n) => [one.file, parts[n]![0].length, parts[n]![1].length] as Head["files"][number],
    );
    const head = Buffer.from(JSON.stringify({ state, resolved, files } satisfies Head));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(head.length);
    return Buffer.concat([length, head, ...parts.flat()]);
  });
}

function recall(file: string): Known | null {
  try {
    const bytes = readKept(file);
    return bytes === undefined ? null : unpacked(bytes);
  } catch {
    return null; // of another devpm, which keeps something else
  }
}

/** null: something has changed. */
function unpacked(bytes: Buffer): Known | null {
  let at = LENGTH_BYTES + bytes.readUInt32LE();
  const head = JSON.parse(bytes.toString("utf8", LENGTH_BYTES, at)) as Head;
  if (Object.entries(head.state).some(([place, state]) => stateOf(place) !== state)) return null;
  const next = (length: number): Buffer => bytes.subarray(at, (at += length));
  const files = new Map(
    head.files.map(([name, ...lengths]) => {
      const source = next(lengths[0]).toString();
      return [name, { source, script: scriptOf(name, source, next(lengths[1])) }];
    }),
  );
  return { state: head.state, resolved: head.resolved, files };
}

/** `…/node_modules/@scope/name` and `…/node_modules`. */
function foldersOf(file: string): string[] {
  const [, folder, name] = /^(.*\/node_modules)(\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  return folder === undefined || name === undefined ? [] : [folder, folder + name];
}

function stateOf(place: string): string {
  const found = statSync(place, { throwIfNoEntry: false });
  return found ? `${found.isFile() ? found.size : ""} ${found.mtimeMs}` : "";
}
