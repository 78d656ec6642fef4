// Runs a bundle with the bytecode that V8 made of it before: to compile it takes 40 ms, half of what a short command takes.
// It is kept beside the bundle, as Python keeps its own: whoever can write there can change the program too, and an update
// replaces both. What Node itself keeps from 22 on is for the packages that are loaded: it takes 9 ms longer than this.
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

/** By then a session has started, and V8 has not yet dropped the functions that only a start needs. */
const KEEP_MS = 5_000;
/** Of a run that came to its own end: success, Ctrl+C, SIGTERM. Another one may have compiled next to nothing. */
const WHOLE = [undefined, 0, 130, 143];
/** Of the digest that the file begins with. */
const DIGEST_BYTES = 32;
/** As the bundle has: with a lax umask others could write to it, though not to the program. */
const MODE = 0o644;

exports.run = function run(file) {
  Module.enableCompileCache?.();
  const kept = keptFor(file);
  const cachedData = intact(kept);
  const source = Module.wrap(fs.readFileSync(file, "latin1"));
  // there is no `import()` in it: test/e2e/package.test.ts
  const script = new vm.Script(source, { filename: file, cachedData });
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

/** V8 does not look at its content: a file with a hole, as a power cut leaves one, would be a crash at each start. */
function intact(file) {
  try {
    const all = fs.readFileSync(file);
    const bytecode = all.subarray(DIGEST_BYTES);
    return digestOf(bytecode).equals(all.subarray(0, DIGEST_BYTES)) ? bytecode : undefined;
  } catch {
    return undefined;
  }
}

const digestOf = (bytes) => createHash("sha256").update(bytes).digest();

function keepLater(script, kept) {
  let isKept = false;
  const keep = () => {
    if (isKept) return;
    isKept = true;
    const beside = `${kept}.${process.pid}`;
    try {
      fs.accessSync(path.dirname(kept), fs.constants.W_OK);
      const bytecode = script.createCachedData();
      fs.writeFileSync(beside, Buffer.concat([digestOf(bytecode), bytecode]), { mode: MODE });
      fs.renameSync(beside, kept);
    } catch {
      fs.rmSync(beside, { force: true }); // a folder of another user's, a full disk: it is compiled each time
    }
  };
  setTimeout(keep, KEEP_MS).unref();
  process.on("exit", (code) => WHOLE.includes(code) && keep());
}
