// esbuild's chunks as functions of one file. What it would make of them itself has a function for each export, which are
// copied at each import: a third of the time that the modules of a command take. That serves modules that load one another in
// a circle, or change what they export later. No chunk does, and a bundle in which one did is refused.
import Module from "node:module";
import path from "node:path";
import { transform } from "esbuild";

/** V8 keeps the source for as long as the process runs; the lines of a stack stay short. */
export const DENSE = { minifyWhitespace: true, lineLimit: 160 };

/** Not those that Node itself has loaded by then: they cost nothing. */
const LAZY = new Set(
  [
    "child_process",
    "crypto",
    "fs/promises",
    "http",
    "https",
    "net",
    "readline",
    "readline/promises",
    "tls",
    "v8",
    "worker_threads",
  ].map((name) => `node:${name}`),
);

const LAZY_MODULE = `
function lazyModule(name) {
  let loaded;
  return new Proxy({}, { get: (_, key) => (loaded ??= require(name))[key] });
}`;
const HELPERS = `
const withDefault = (exports) => Object.create(exports, { default: { value: exports } });${LAZY_MODULE}`;

/** A file that is no chunks. */
export const withLazyModules = (source) => `"use strict";${LAZY_MODULE}\n${lazily(source)}`;

/**
 * `require` of the chunks: each is run when it is first required, and the file that has it is read then. It is open from the
 * beginning: of a session that an update outruns, the chunks have other names in the new files. Those that are unloaded run each
 * time, and nothing keeps them or the packages that they load.
 */
const loadOf = ({ unloaded, session }) => `
const loaded = {};
let all = chunks;
const unloaded = ${JSON.stringify(unloaded)};
const session = ${JSON.stringify(session)};
const { opened, unloadAfter } = require("./begin.cjs");
const runSession = opened(__dirname + "/session.cjs");
const runMore = opened(__dirname + "/more.cjs");
const load = (name) => {
  if (!name.startsWith("./")) return require(name);
  if (!Object.hasOwn(all, name)) all = { ...all, ...(session.includes(name) ? runSession : runMore)() };
  if (unloaded.includes(name)) return runUnloaded(all[name]);
  if (!Object.hasOwn(loaded, name)) all[name]((loaded[name] = { exports: {} }), load);
  return loaded[name].exports;
};
const runUnloaded = (chunk) => {
  const module = { exports: {} };
  unloadAfter(require, () => chunk(module, load));
  return module.exports;
};
module.exports = load("./cli.js");
`;

/**
 * A function, as Node's loader makes one of a file: src/system/begin/run-bundle.ts would copy 0.8 MB twice to put it around the text.
 * `first`: of the file that loads the chunks of all, the names of those that are not kept (`unloaded`), and of those that are in
 * the session's file; null for the others.
 */
export function fileOf(chunks, { banner, first }) {
  const end = first ? loadOf(first) : "\nmodule.exports = chunks;\n";
  return asciiOf(Module.wrap(`${banner}${HELPERS}\nconst chunks = {\n${chunks.join(",\n")}\n};${end}`));
}

export async function asFunction({ path: file, text }) {
  const { code } = await transform(linked(text), {
    ...DENSE,
    sourcefile: `${file}.mjs`,
    format: "cjs",
    target: "node20",
    platform: "node",
    // what runs from kept bytecode has no loader for it
    supported: { "dynamic-import": false },
  });
  return `${JSON.stringify(`./${path.basename(file)}`)}(module, require) {\n${lazily(code)}}`;
}

/** A chunk begins with what it imports of others, and ends with what it exports. */
const IMPORT = /import(?:\s*\{([^}]*)\}\s*from)?\s*("\.\/[^"]+");\s*/y;
const EXPORT = /\bexport\s*\{([^}]*)\};\s*$/;
/** A package in CommonJS that is loaded at need. */
const EXPORT_PACKAGE = /\bexport default (require_\w+\(\));?\s*$/;
const IMPORT_LATER = /\bimport\(("\.\/[\w-]+\.js")\)/g;
const IMPORT_NODE = /\bimport ([\w$]+) from"(node:[\w/]+)";/g;

/** It takes what it imports into variables of its own, and hands out what it exports when it has run. */
function linked(text) {
  let imports = "";
  let end = 0;
  IMPORT.lastIndex = 0;
  for (let found; (found = IMPORT.exec(text)) !== null; end = IMPORT.lastIndex) {
    const [, names, chunk] = found;
    const variables = names && properties(names, (theirs, own) => [theirs, own]);
    imports += variables ? `var ${variables}=require(${chunk});` : `require(${chunk});`;
  }
  const rest = text
    .slice(end)
    .replaceAll("__require(", "require(")
    .replace(IMPORT_LATER, "Promise.resolve().then(()=>require($1))")
    .replace(IMPORT_NODE, (_, own, name) => `var ${own}=${LAZY.has(name) ? "lazyModule" : "require"}("${name}");`)
    .replace(EXPORT_PACKAGE, "module.exports=withDefault($1);")
    .replace(EXPORT, (_, names) => `module.exports=${properties(names, (own, as) => [as, settled(text, own)])};`);
  return imports + rest;
}

/** What a chunk hands out is its value when it has run: something that is given another one later would be handed out too early. */
function settled(text, name) {
  const own = name.replaceAll("$", String.raw`\$`);
  const set = String.raw`(?<![\w$.])${own}\s*(?:=(?![=>])|[-+*/%&|^?]{1,3}=|\+\+|--)|(?:\+\+|--)${own}(?![\w$])`;
  if ([...text.matchAll(new RegExp(set, "g"))].length > 1)
    throw new Error(`a chunk exports ${name}, and sets it twice`);
  if (new RegExp(String.raw`\b(?:let|var)\s(?:[^;{}()]*,)?\s*${own}\s*[,;]`).test(text))
    throw new Error(`a chunk exports ${name}, and sets it later`);
  return name;
}

/** `outputs` of esbuild's metafile: none may load itself by way of others. */
export function refuseCircles(outputs) {
  const done = new Set();
  const follow = (name, line) => {
    if (line.includes(name)) throw new Error(`chunks load one another: ${[...line, name].join(" → ")}`);
    if (done.has(name)) return;
    for (const { kind, external, path: to } of outputs[name].imports)
      if (kind === "import-statement" && !external) follow(to, [...line, name]);
    done.add(name);
  };
  for (const name of Object.keys(outputs)) follow(name, []);
}

/** `a, b as c` as an object's properties. */
function properties(names, pair) {
  const each = names.split(",").map((one) => {
    const [first, second = first] = one.trim().split(/\s+as\s+/);
    return pair(first, second).join(":");
  });
  return `{${each.join(",")}}`;
}

/**
 * Node's own modules are loaded when something of them is first used: most commands use few of them, and `child_process`,
 * `readline`, `tls` and what these load take 10 ms.
 */
function lazily(source) {
  const call = /(?<=[\w$]\s?=\s?)require\("(node:[\w/]+)"\)/g;
  return source.replace(call, (whole, name) => (LAZY.has(name) ? `lazyModule("${name}")` : whole));
}

/**
 * The bundler escapes strings, but leaves regular expressions (and comments) as they are. V8 keeps a source in half the
 * memory when it is ASCII, and src/system/begin/run-bundle.ts reads it as that.
 */
function asciiOf(source) {
  return source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
