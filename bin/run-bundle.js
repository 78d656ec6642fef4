// Runs a bundle with its code cache, the bytecode that V8 made of it before: to compile it takes 40 ms, half of what a short
// command takes. It is kept beside the bundle, as Python keeps its own: whoever can write there can change the program too,
// and an update replaces both. What Node itself keeps from 22 on is for the packages that are loaded: it takes 9 ms longer.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");
const { readAscii } = require("./read-file.js");
const codeCache = require("./code-cache.js");

/** By then a session has started, and V8 has not yet dropped the functions that only a start needs. */
const KEEP_MS = 5_000;
/** Of a run that came to its own end: success, Ctrl+C, SIGTERM. Another one may have compiled next to nothing. */
const WHOLE = [undefined, 0, 130, 143];
/** With one of these next to nothing is compiled. */
const BRIEF = ["--help", "-h", "--version"];
/** By scripts, agents and people who wait for them. */
const OFTEN = ["down", "list", "logs", "status", "wait"];

/** The module that is run first: its `use.isEngine` says what the process has become. */
let main;

/** What the file exports. */
exports.run = function run(file, descriptor = fs.openSync(file, "r")) {
  Module.enableCompileCache?.();
  const bytecode = bytecodeOf(file, descriptor);
  const cachedData = codeCache.read(bytecode);
  const source = Module.wrap(readAscii(descriptor));
  // there is no `import()` in it: test/e2e/package.test.ts
  const script = new vm.Script(source, { filename: file, cachedData });
  const module = { exports: {} };
  main ??= module;
  // a `dev` that only joins a session, which another installed devpm runs, compiles next to nothing of one
  const isWhole = () => useOf() !== "dev" || main.exports.use?.isEngine === true;
  if (cachedData === undefined || script.cachedDataRejected) keepLater(script, bytecode, isWhole);
  script
    .runInThisContext()
    .call(module.exports, module.exports, Module.createRequire(file), module, file, path.dirname(file));
  return module.exports;
};

/** Opens the file, and returns how to run it later: what an update has put in its place by then belongs to another version. */
exports.opened = function opened(file) {
  const descriptor = fs.openSync(file, "r");
  return () => exports.run(file, descriptor);
};

/** A session needs other functions than a command that reads, and what is called often has its own. */
function useOf() {
  const [, , word, ...more] = process.argv;
  if ([word, ...more].some((one) => BRIEF.includes(one))) return "brief";
  if ([word, ...more].includes("dev")) return "dev";
  return OFTEN.includes(word) ? word : "rest";
}

function bytecodeOf(file, descriptor) {
  const { size, mtimeMs } = fs.fstatSync(descriptor);
  return `${file}.${useOf()}-${process.version}-${process.arch}-${size}-${Math.round(mtimeMs)}.v8`;
}

function keepLater(script, file, isWhole) {
  let isKept = false;
  const keep = () => {
    if (isKept || !isWhole()) return;
    isKept = true;
    codeCache.write(file, () => script.createCachedData());
  };
  setTimeout(keep, KEEP_MS).unref();
  process.on("exit", (code) => WHOLE.includes(code) && keep());
}
