// The programs of src as few files, in dist/lib: loading 300 modules one by one took a third of the CPU that a start spends
// before its first app. Usage: node bundle-entries.mjs FOLDER.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { licences } from "./bundle-licences.mjs";

const root = path.dirname(import.meta.dirname);
const folder = process.argv[2];
const PROGRAMS = {
  index: "src/index.ts",
  "sentinel-main": "src/teardown/sentinel-main.ts",
  "history-main": "src/page/history-main.ts",
};
const COMMON = { absWorkingDir: root, bundle: true, platform: "node", target: "node20", logLevel: "warning" };
const isThere = (file) => existsSync(path.join(root, file));

await build({
  ...COMMON,
  entryPoints: Object.fromEntries(Object.entries(PROGRAMS).filter(([, file]) => isThere(file))),
  outdir: folder,
  // what several programs share is loaded once
  splitting: true,
  format: "esm",
  packages: "external",
});

// In CommonJS `import.meta` is empty.
const AS_COMMONJS = {
  ...COMMON,
  format: "cjs",
  banner: {
    js: 'const MODULE_URL = require("node:url").pathToFileURL(__filename).href;\nconst resolveUrl = (name) => new URL(name, MODULE_URL).href;',
  },
  define: { "import.meta.url": "MODULE_URL", "import.meta.resolve": "resolveUrl" },
};

// Node 20 takes 11 ms to get ready for an ES module.
const DAEMON = "src/pm2/daemon-main.ts";
if (isThere(DAEMON))
  await build({ ...AS_COMMONJS, entryPoints: [DAEMON], outfile: path.join(folder, "daemon-main.cjs") });

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
    "worker_threads",
  ].map((name) => `node:${name}`),
);
const LAZY_MODULE = `
function lazyModule(name) {
  let loaded;
  return new Proxy({}, {
    get(_, key) {
      loaded ??= require(name);
      return key === "default" ? loaded : loaded[key];
    },
  });
}`;

// The command line is one file, in which a module is run when it is first imported: reading, linking and compiling a hundred
// chunks was most of a short command. Of the packages, those stay outside that few commands load, and PM2 and tsx, which
// have files of their own.
const CLI = "src/cli.ts";
if (isThere(CLI)) {
  const file = path.join(folder, "cli.cjs");
  const { metafile } = await build({
    ...AS_COMMONJS,
    entryPoints: [CLI],
    outfile: file,
    external: ["pm2", "pm2/*", "tsx", "tsx/*", "zod", "zod/*", "@lezer/*"],
    define: { ...AS_COMMONJS.define, BUILT_RULES: JSON.stringify(rules()) },
    banner: { js: AS_COMMONJS.banner.js + LAZY_MODULE },
    metafile: true,
    // V8 keeps the source for as long as the process runs; the lines of a stack stay short
    minifyWhitespace: true,
    lineLimit: 160,
  });
  writeFileSync(file, asciiOf(lazily(readFileSync(file, "utf8"))));
  writeFileSync(`${file}.LICENSES.txt`, licences(root, Object.keys(metafile.inputs)));
}

/**
 * Node's own modules are loaded when something of them is first used: most commands use few of them, and `child_process`,
 * `readline`, `tls` and what these load take 10 ms.
 */
function lazily(source) {
  const call = /(?<=[\w$]\s?=\s?)(?:__toESM\(require\("(node:[\w/]+)"\),\s?1\)|require\("(node:[\w/]+)"\))/g;
  return source.replace(call, (whole, one, other) =>
    LAZY.has(one ?? other) ? `lazyModule("${one ?? other}")` : whole,
  );
}

/**
 * The bundler escapes strings, but leaves regular expressions (and comments) as they are. V8 keeps a source in half the
 * memory when it is ASCII, and bin/compiled.js reads it as that.
 */
function asciiOf(source) {
  return source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Of what decides whether a configuration is well-formed (src/config/shape.ts). */
function rules() {
  const config = ["schema", "validate", "pm2-options", "pm2-schema", "shape"].map((name) => `src/config/${name}.ts`);
  const digest = createHash("sha256");
  for (const name of [...config, "package-lock.json"].filter(isThere))
    digest.update(readFileSync(path.join(root, name)));
  return digest.digest("hex");
}
