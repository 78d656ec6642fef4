import { fstatSync, openSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import { Script } from "node:vm";
import { readKept, writeKept } from "./code-cache.ts";
import { readAscii } from "./read-file.ts";

/*
 * Runs a bundle with its code cache, the bytecode that V8 made of it before: to compile it takes 40 ms, half of what a short
 * command takes. It is kept beside the bundle, as Python keeps its own: whoever can write there can change the program too,
 * and an update replaces both. What Node itself keeps from 22 on is for the packages that are loaded: it takes 9 ms longer.
 */

/** By then a session has started, and V8 has not yet dropped the functions that only a start needs. */
const KEEP_MS = 5_000;
/** Of a run that came to its own end: success, Ctrl+C, SIGTERM. Another one may have compiled next to nothing. */
const WHOLE: readonly unknown[] = [undefined, 0, 130, 143];
/** With one of these next to nothing is compiled. */
const BRIEF = ["--help", "-h", "--version"];
/** By scripts, agents and people who wait for them. */
const OFTEN = ["down", "list", "logs", "status", "wait"];

interface Bundle {
  exports: { use?: { isEngine: boolean } };
}

/** The module that is run first: its `use.isEngine` says what the process has become. */
let main: Bundle | undefined;

/** What the file exports. */
export function run(file: string, descriptor = openSync(file, "r")): unknown {
  (Module as { enableCompileCache?: () => void }).enableCompileCache?.();
  const bytecode = bytecodeOf(file, descriptor);
  const cachedData = readKept(bytecode);
  // a function of what Node's loader gives a file; there is no `import()` in it: test/e2e/package.test.ts
  const script = new Script(readAscii(descriptor), { filename: file, ...(cachedData && { cachedData }) });
  const module: Bundle = { exports: {} };
  const first = (main ??= module);
  // a `dev` that only joins a session, which another installed devpm runs, compiles next to nothing of one
  const isWhole = (): boolean => useOf() !== "dev" || first.exports.use?.isEngine === true;
  if (cachedData === undefined || script.cachedDataRejected) keepLater(script, bytecode, isWhole);
  const wrapper = script.runInThisContext() as (this: unknown, ...args: unknown[]) => void;
  wrapper.call(module.exports, module.exports, createRequire(file), module, file, path.dirname(file));
  return module.exports;
}

/** Opens the file, and returns how to run it later: what an update has put in its place by then belongs to another version. */
export function opened(file: string): () => unknown {
  const descriptor = openSync(file, "r");
  return () => run(file, descriptor);
}

/** A session needs other functions than a command that reads, and what is called often has its own. */
function useOf(): string {
  const words = process.argv.slice(2);
  if (words.some((one) => BRIEF.includes(one))) return "brief";
  if (words.includes("dev")) return "dev";
  return OFTEN.find((one) => one === words[0]) ?? "rest";
}

function bytecodeOf(file: string, descriptor: number): string {
  const { size, mtimeMs } = fstatSync(descriptor);
  return `${file}.${useOf()}-${process.version}-${process.arch}-${size}-${Math.round(mtimeMs)}.v8`;
}

function keepLater(script: Script, file: string, isWhole: () => boolean): void {
  let isKept = false;
  const keep = (): void => {
    if (isKept || !isWhole()) return;
    isKept = true;
    writeKept(file, () => script.createCachedData());
  };
  setTimeout(keep, KEEP_MS).unref();
  process.on("exit", (code) => {
    if (WHOLE.includes(code)) keep();
  });
}
