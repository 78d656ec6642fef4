import { readFileSync } from "node:fs";
import Module, { createRequire, register } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import type * as Tsx from "tsx/cjs/api";
import type * as TsxEsm from "tsx/esm/api";
import type { LogPattern } from "../../model/project.ts";
import { builtFile } from "../../util/package-files.ts";
import { unloadAfter } from "../begin/unload.ts";
import { boundedCall, watchThisThread } from "../bounded-call.ts";
import { boundedPattern } from "../bounded-pattern.ts";
import { withVariables } from "./borrowed-environment.ts";
import { type ConfigSources, recordSources, type SourceRecorder, wasLoaded } from "./config-sources.ts";
import {
  type Compiled,
  keptTransform,
  type KeptTransform,
  observed,
  runCompiled,
  withSourceMaps,
} from "./kept-transform.ts";
import { explainLoadFailure, type Unloadable } from "./load-failure.ts";
import { printToStderr } from "./printed-by-config.ts";
import { alsoUnhandled } from "../signals.ts";

/** Runs configuration files. User code runs under the user's own variables, although ours are scrubbed. */
export interface Loader {
  /**
   * What `read` makes of what the file exports by default, or as `module.exports`. Reading runs code of the user's too
   * (getters, proxies). Neither can take more than some seconds, whatever it does. `kept`: a file of this user's alone, for
   * what tsx makes of the configuration; null: none.
   */
  load<T>(file: string, shell: Shell, read: (exported: unknown) => T, kept: string | null): Promise<Loaded<T>>;
  /**
   * Calls a function of the user's with the shell's variables in `process.env`, and waits for what it returns. Throws where
   * that takes too long.
   */
  within<T>(shell: Shell, call: () => T | Promise<T>): Promise<T>;
  /** A regular expression of the user's that cannot hold the session up. */
  pattern(pattern: RegExp): LogPattern;
}

/** What `import … from "devpm"` means in a configuration: the running devpm, wherever the file is. */
export interface PublicApi {
  exports: object;
  /** Of the module itself, for a file that only loads as an ES module. */
  url: string;
}

type Shell = Readonly<Record<string, string>>;

/** `variables`: what the file put into `process.env` (as `dotenv` does): meant for its apps. */
export type Loaded<T> = ({ ok: true; value: T; variables: Record<string, string> } | Unloadable) & {
  sources: ConfigSources;
};

/** Fixed, because it is part of the key of tsx's cache of transformed files; its own `require` puts the time there. */
const NAMESPACE = "devpm-config";

export const loaderOf = (devpm: PublicApi): Loader => ({
  async load(file, shell, read, kept) {
    const { stackTraceLimit } = Error;
    const theirs: Record<string, string> = { ...shell };
    Error.stackTraceLimit = 50; // tsx's own frames would push the user's out
    const recorder = recordSources(file);
    const { sources } = recorder;
    try {
      const value = await withVariables(theirs, async () => {
        const exported = await evaluate(file, devpm, kept, recorder);
        return bounded(() => read(exported));
      });
      return { ok: true, value, variables: difference(shell, theirs), sources };
    } catch (error) {
      recorder.missing(error);
      return { ...explainLoadFailure(file, error, sources), sources };
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  },

  async within(shell, call) {
    return withVariables({ ...shell }, async () => settled(boundedCall(call, LONGEST_LOAD_MS), "an env function"));
  },

  pattern: boundedPattern,
});

/** More than a configuration needs that queries a secret store. Milliseconds. */
const LONGEST_LOAD_MS = 10_000;
/** After a pause it may run on for so long: its deadline comes first where it only waits. */
const LONGEST_RUN_MS = LONGEST_LOAD_MS + 1_000;

/** Most values are there already. */
const settled = async <T>(value: T | PromiseLike<T>, what: string): Promise<T> =>
  isPromise(value) ? inTime(value, what) : value;

const isPromise = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

async function inTime<T>(work: PromiseLike<T>, what: string): Promise<T> {
  const over = new AbortController();
  const unwatch = watchThisThread(LONGEST_RUN_MS, UNREADABLE, () => stuck(what));
  try {
    return await Promise.race([work, expired(over.signal)]);
  } catch (error) {
    withSourceMaps(() => writeStack(error));
    throw error;
  } finally {
    over.abort();
    unwatch();
  }
}

/** The exit code of DEVPM_CONFIG_UNREADABLE. */
const UNREADABLE = 2;

/** In the form of a diagnostic: this process can do no more than print it. */
const stuck = (what: string): string => `
✖ ${what} never ends                                       DEVPM_CONFIG_UNREADABLE
  said      it was still running after ${LONGEST_RUN_MS / 1_000} s: a loop in it never ends
  What had been started is ended.
`;

async function expired(signal: AbortSignal): Promise<never> {
  await delay(LONGEST_LOAD_MS, undefined, { signal });
  throw new Error(`it was still not done after ${LONGEST_LOAD_MS / 1_000} s: a promise in it never resolves`);
}

async function evaluate(
  file: string,
  devpm: PublicApi,
  kept: string | null,
  recorder: SourceRecorder,
): Promise<unknown> {
  if (path.extname(file) === ".json") return literal(file);
  forgetLoaded();
  printToStderr();
  const restores = [provideDevpm(devpm), recorder.start()];
  try {
    const transform = keptTransform(file, kept);
    const { value, compiled } = fromCommonJs(file, transform, recorder.isFirst);
    const exported = await settled(theDefault(value), path.basename(file));
    await transform.keep(compiled);
    return exported;
  } catch (error) {
    if (!/top-level await/i.test(messageOf(error)) && codeOf(error) !== "ERR_REQUIRE_ASYNC_MODULE") throw error;
    const name = path.basename(file);
    return await settled(theDefault(await settled(fromEsm(file, devpm, recorder), name)), name);
  } finally {
    for (const restore of restores) restore();
  }
}

/** As PM2 reads it: a JavaScript literal, so comments and trailing commas are fine. */
function literal(file: string): unknown {
  const value: unknown = runInNewContext(`(${readFileSync(file, "utf8")})`, {}, { filename: file, timeout: 1_000 });
  return JSON.parse(JSON.stringify(value ?? null));
}

const theDefault = (exported: unknown): unknown =>
  typeof exported === "object" && exported !== null && "default" in exported ? exported.default : exported;

/**
 * In this thread: 35 ms, where a loader in a worker (the only way for top-level await) takes 300. `compiled`: what tsx has
 * made of it now.
 */
function fromCommonJs(
  file: string,
  known: KeptTransform,
  isFirst: boolean,
): { value: unknown; compiled: Compiled | null } {
  const require = createRequire(import.meta.filename);
  // Node itself loads an ES module once in a process
  if (path.extname(file) === ".cjs" && isFirst)
    return { value: bounded(() => require(file) as unknown), compiled: null };
  const { compiled } = known;
  if (compiled) return { value: bounded(() => runCompiled(compiled)), compiled: null };
  // a session seldom needs tsx again; what the file has loaded stays, as its functions may load it once more
  return unloadAfter(require, () => observed(file, () => throughTsx(require, file)), isOfTsx);
}

const isOfTsx = (file: string): boolean => /[/]node_modules[/](tsx|esbuild)[/]/.test(file);

function throughTsx(require: NodeJS.Require, file: string): unknown {
  const scoped = loadTsx(require).register({ namespace: NAMESPACE });
  try {
    return bounded(() => scoped.require(file, import.meta.url) as unknown);
  } finally {
    scoped.unregister();
  }
}

function bounded<T>(run: () => T): T {
  return withSourceMaps(() => {
    try {
      return boundedCall(run, LONGEST_LOAD_MS);
    } catch (error) {
      writeStack(error);
      throw error;
    }
  });
}

/** A stack is written when it is first read: in the lines of the source only with its map. */
function writeStack(error: unknown): void {
  if (typeof error === "object" && error !== null && "stack" in error) void error.stack;
}

/** Otherwise its esbuild would keep a service running beside the session: 7 MB and a little CPU, for one file. */
function loadTsx(require: NodeJS.Require): typeof Tsx {
  const { ESBUILD_WORKER_THREADS: before } = process.env;
  process.env.ESBUILD_WORKER_THREADS = "0";
  try {
    return require("tsx/cjs/api") as typeof Tsx;
  } finally {
    if (before === undefined) delete process.env.ESBUILD_WORKER_THREADS;
    else process.env.ESBUILD_WORKER_THREADS = before;
  }
}

interface ImportTsx {
  importTsx(): Promise<typeof TsxEsm>;
}

async function fromEsm(file: string, { url }: PublicApi, { add }: SourceRecorder): Promise<unknown> {
  const resolve = `export const resolve = (name, context, next) =>
    name === "devpm" ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(resolve)}`);
  const { importTsx } = createRequire(import.meta.filename)(builtFile("system/loader/import-tsx.cjs")) as ImportTsx;
  const { tsImport } = await importTsx();
  let forget = (): void => {};
  try {
    return (await tsImport(pathToFileURL(file).href, { parentURL: import.meta.url, onImport: add })) as unknown;
  } catch (error) {
    forget = alsoUnhandled(error); // by Node 20, where the file loads CommonJS that throws
    throw error;
  } finally {
    // what was imported is told by another way than the result
    await new Promise(setImmediate);
    forget();
  }
}

/** What was loaded before is loaded again: it may have changed. */
function forgetLoaded(): void {
  const { cache } = createRequire(import.meta.filename);
  for (const key of Object.keys(cache)) if (wasLoaded(key) || key.includes(`namespace=${NAMESPACE}`)) delete cache[key];
}

/** Resolves `devpm` to this very devpm, wherever the importing file is; `import` becomes `require` on the way. */
function provideDevpm({ exports }: PublicApi): () => void {
  const internals = Module as unknown as Record<"_load", (request: string, ...rest: unknown[]) => unknown>;
  const { _load: before } = internals;
  const load = function load(this: unknown, request: string, ...rest: unknown[]): unknown {
    return /^devpm(\?|$)/.test(request) ? exports : before.call(this, request, ...rest);
  };
  Object.assign(internals, { _load: load });
  return () => {
    Object.assign(internals, { _load: before });
  };
}

function difference(before: Shell, after: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
}

const messageOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
