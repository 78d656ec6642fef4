import Module from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { builtFile } from "../../util/package-files.ts";
import { realpathNow, statNow, textNow } from "../files/files-now.ts";

/**
 * The user's files that a configuration is made of, packages aside, each with its text when it was loaded; null: it was looked for
 * and is not there.
 */
export type ConfigSources = ReadonlyMap<string, string | null>;

export interface SourceRecorder {
  readonly sources: ConfigSources;
  /** It is the first time that this process loads the configuration. */
  readonly isFirst: boolean;
  /** Records what is required from now on, until the function that it returns is called. */
  start(): () => void;
  /** Records a file, or the URL of a module. */
  add(file: string): void;
  /** Records what `error` says is missing: it may be written next. */
  missing(error: unknown): void;
}

/** Of all configurations of this process. */
const loadedEver = new Set<string>();

const internals = Module.prototype as unknown as Record<"load", (file: string) => unknown>;
const { load: original } = internals;

type Resolve = (request: string, parent: { filename?: string } | undefined, ...rest: unknown[]) => string;

const resolving = Module as unknown as Record<"_resolveFilename", Resolve>;
let resolve: Resolve = resolving["_resolveFilename"];

/** Two may be loaded at the same time: one that is awaited, and the next. */
const recording = new Set<(file: string) => void>();

function recorded(this: unknown, file: string): unknown {
  for (const add of recording) add(file);
  return original.call(this, file);
}

/** Node loads what a link leads to, and keeps that for as long as the process lives: the link may lead elsewhere next. */
function resolved(this: unknown, ...[request, parent, ...rest]: Parameters<Resolve>): string {
  const file = resolve.call(this, request, parent, ...rest);
  const link = isTheirs(plainPath(file)) ? linkTo(plainPath(file), plainPath(request), parent?.filename) : null;
  if (link === null) return file;
  for (const add of recording) add(link);
  return realpathNow(link) ?? file;
}

/** The path by which a file is asked for, where that has a link in it. */
function linkTo(file: string, request: string, importer: string | undefined): string | null {
  if (!path.isAbsolute(request) && !(/^\.\.?(\/|$)/.test(request) && importer !== undefined)) return null;
  const base = path.resolve(path.dirname(plainPath(importer ?? "/")), request);
  if (base === file) return null;
  if (statNow(base)?.isFile() === true) return realpathNow(base) === base ? null : base;
  return candidates(base).find((one) => one !== file && realpathNow(one) === file) ?? null;
}

export function recordSources(config: string): SourceRecorder {
  const sources = new Map<string, string | null>();
  const add = (name: string): void => {
    const file = plainPath(name);
    if (sources.has(file) || !isTheirs(file)) return;
    // before it is loaded: of a save in between, the text would be another one
    sources.set(file, textNow(file));
    loadedEver.add(file);
  };
  const isFirst = !loadedEver.has(config);
  add(config);
  return {
    sources,
    isFirst,
    add,
    start() {
      if (recording.size === 0) {
        internals.load = recorded;
        resolve = resolving["_resolveFilename"];
        resolving["_resolveFilename"] = resolved;
      }
      recording.add(add);
      return () => {
        recording.delete(add);
        if (recording.size > 0) return;
        internals.load = original;
        resolving["_resolveFilename"] = resolve;
      };
    },
    missing(error) {
      const base = missingModule(error);
      for (const file of base === null ? [] : candidates(base))
        if (!sources.has(file)) sources.set(file, textNow(file));
    },
  };
}

/** Whether a configuration of this process has loaded the file, which `key` of Node's cache of modules stands for. */
export const wasLoaded = (key: string): boolean => loadedEver.has(plainPath(key));

/** tsx adds its namespace. A folder may have a `?` in its name. */
export function plainPath(name: string): string {
  const plain = name.replace(/\?[^/]*$/, "");
  return plain.startsWith("file://") ? fileURLToPath(plain) : plain;
}

/** What devpm runs from. */
const OURS = [builtFile(""), builtFile("../bin/")];

const isTheirs = (file: string): boolean =>
  path.isAbsolute(file) && !file.includes("/node_modules/") && !OURS.some((folder) => file.startsWith(folder));

function missingModule(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const [, request = ""] = /^Cannot find module '(.+?)'/.exec(error.message) ?? [];
  const [importer] = (error as { requireStack?: string[] }).requireStack ?? [];
  if (path.isAbsolute(request)) return isTheirs(request) ? request : null;
  return /^\.\.?\//.test(request) && importer ? path.resolve(path.dirname(plainPath(importer)), request) : null;
}

const ENDINGS = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"];

/** In TypeScript `./x.js` may mean x.ts. */
function candidates(base: string): string[] {
  const { dir, name, ext } = path.parse(base);
  const source = /^\.[mc]?js$/.test(ext) ? [path.join(dir, name + ext.replace("js", "ts"))] : [];
  return [
    base,
    ...source,
    ...ENDINGS.map((end) => base + end),
    ...ENDINGS.map((end) => path.join(base, `index${end}`)),
  ];
}
