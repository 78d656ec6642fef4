// Runs a bundle with the bytecode that V8 made of it before: to compile it takes 40 ms, half of what a short command takes.
// It is kept beside the bundle, as Python keeps its own: whoever can write there can change the program too, and an update
// replaces both. What Node itself keeps from 22 on is for the packages that are loaded: it takes 9 ms longer than this.
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

const CHECKSUM_BYTES = 20;
/** By then a session has started, and V8 has not yet dropped the functions that only a start needs. */
const KEEP_MS = 5_000;
/** Of a run that came to its own end: success, Ctrl+C, SIGTERM. Another one may have compiled next to nothing. */
const WHOLE = [undefined, 0, 130, 143];

exports.run = function run(file) {
  Module.enableCompileCache?.();
  const kept = keptFor(file);
  const cachedData = readWhole(kept);
  const source = Module.wrap(fs.readFileSync(file, "latin1"));
  // `import()` in it means what it means in any module
  const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const script = new vm.Script(source, { filename: file, cachedData, importModuleDynamically });
  if (cachedData === undefined || script.cachedDataRejected) keepLater(script, kept);
  const module = { exports: {} };
  script
    .runInThisContext()
    .call(module.exports, module.exports, Module.createRequire(file), module, file, path.dirname(file));
};

/** A session needs other functions than a command that reads: each has its own. */
function keptFor(file) {
  const { size, mtimeMs } = fs.statSync(file);
  const use = process.argv.includes("dev") ? "dev" : "rest";
  return `${file}.${use}-${process.version}-${process.arch}-${size}-${Math.round(mtimeMs)}.v8`;
}

/**
 * The bytecode as it was written, or undefined. V8 believes what it is given, and ends the process where a power cut or a disk
 * has damaged it; so a checksum stands behind it. (SHA-1: every command needs node:crypto anyway, and few need node:zlib.)
 */
function readWhole(file) {
  try {
    const kept = fs.readFileSync(file);
    const bytecode = kept.subarray(0, -CHECKSUM_BYTES);
    return checksum(bytecode).equals(kept.subarray(bytecode.length)) ? bytecode : undefined;
  } catch {
    return undefined; // none yet
  }
}

function checksum(bytecode) {
  return createHash("sha1").update(bytecode).digest();
}

function keepLater(script, kept) {
  let isKept = false;
  const keep = () => {
    if (isKept) return;
    isKept = true;
    const beside = `${kept}.${process.pid}`;
    try {
      fs.accessSync(path.dirname(kept), fs.constants.W_OK);
      const bytecode = script.createCachedData();
      fs.writeFileSync(beside, Buffer.concat([bytecode, checksum(bytecode)]));
      fs.renameSync(beside, kept);
    } catch {
      fs.rmSync(beside, { force: true }); // a folder of another user's, a full disk: it is compiled each time
    }
  };
  setTimeout(keep, KEEP_MS).unref();
  process.on("exit", (code) => WHOLE.includes(code) && keep());
}
