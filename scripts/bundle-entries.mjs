// The programs of src as few files, in dist/lib: loading 300 modules one by one took a third of the CPU that a start spends
// before its first app. Usage: node bundle-entries.mjs FOLDER.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { asFunction, DENSE, fileOf, refuseCircles, withLazyModules } from "./bundle-chunks.mjs";
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
mkdirSync(folder, { recursive: true });

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
    // few need the address
    js: 'const MODULE_META = { get url() { return require("node:url").pathToFileURL(__filename).href; } };\nconst resolveUrl = (name) => new URL(name, MODULE_META.url).href;',
  },
  define: {
    "import.meta.url": "MODULE_META.url",
    "import.meta.dirname": "__dirname",
    "import.meta.filename": "__filename",
    "import.meta.resolve": "resolveUrl",
  },
};

// What runs first. It knows its place by its folder alone.
const BEGIN = "src/system/begin/begin-main.ts";
if (isThere(BEGIN)) {
  const { outputFiles } = await build({
    ...COMMON,
    ...DENSE,
    entryPoints: [BEGIN],
    format: "cjs",
    define: { "import.meta.dirname": "__dirname" },
    write: false,
  });
  writeFileSync(path.join(folder, "begin.cjs"), withLazyModules(outputFiles[0].text));
}

// Node 20 takes 11 ms to get ready for an ES module.
const DAEMON = "src/pm2/daemon-main.ts";
if (isThere(DAEMON))
  await build({ ...AS_COMMONJS, ...DENSE, entryPoints: [DAEMON], outfile: path.join(folder, "daemon-main.cjs") });

/** What the many short commands of a session need, beside what each command does. */
const SHORT = ["list", "logs", "status", "wait"].map((name) => `src/commands/${name}/run.ts`).filter(isThere);

const AT_NEED = ["import-statement", "dynamic-import"];

/** What each session needs, and those small commands that change one. */
const SESSION = [
  "src/commands/attach/run.ts",
  "src/commands/dev/attach-running.ts",
  "src/commands/dev/detached.ts",
  "src/commands/dev/run.ts",
  "src/commands/down/run.ts",
  "src/commands/restart/run.ts",
  "src/commands/start/run.ts",
  "src/commands/stop/run.ts",
  "src/config/project-loader.ts",
  "src/config/unloadable.ts",
  "src/diagnostics/fault.ts",
  "src/diagnostics/print.ts",
  "src/index.ts",
  "src/live/screen.ts",
  "src/live/state.ts",
  "src/page/open.ts",
  "src/session/startup.ts",
  "src/system/page-server.ts",
  "src/system/real.ts",
  "src/system/thread.ts",
].filter(isThere);

/** What a first start needs alone, and zod, which it loads: 6 MB of a session that does not need them again. */
const UNLOADED = ["src/config/validate.ts"].filter(isThere);

// The command line is three files of chunks (bundle-chunks.mjs). What the same commands load is a chunk: a function, which is called
// when the first of these commands needs it. Reading, linking and compiling a hundred files was most of a short command, and of
// one file that is no chunks all functions are created when it begins. The others are read when a chunk of theirs is needed: V8 keeps
// the source of each file for as long as the process runs, and half of what is not in cli.cjs no session needs.
// Of the packages, those stay outside that few commands load, and PM2 and tsx, which have files of their own.
const CLI = "src/cli.ts";
if (isThere(CLI)) {
  const { metafile, outputFiles } = await build({
    ...COMMON,
    ...DENSE,
    entryPoints: [CLI],
    outdir: folder,
    splitting: true,
    format: "esm",
    // beside the bundle
    legalComments: "none",
    external: ["pm2", "pm2/*", "tsx", "tsx/*", "zod", "zod/*", "@lezer/*"],
    define: { ...AS_COMMONJS.define, BUILT_RULES: JSON.stringify(rules()) },
    metafile: true,
    write: false,
  });
  refuseCircles(metafile.outputs);
  const { outputs } = metafile;
  const short = new Set([...loadedBy(outputs, [CLI]), ...loadedBy(outputs, SHORT, AT_NEED)]);
  const session = loadedBy(outputs, [...SESSION, ...UNLOADED]);
  const unloaded = UNLOADED.map((file) => `./${path.basename(entryOf(outputs, file))}`);
  const first = { unloaded, session: [...session].filter((name) => !short.has(name)).map((name) => `./${name}`) };
  const fileWith = (chunk) => (short.has(chunk) ? "cli.cjs" : session.has(chunk) ? "session.cjs" : "more.cjs");
  for (const name of ["cli.cjs", "session.cjs", "more.cjs"]) {
    const own = outputFiles.filter((chunk) => fileWith(path.basename(chunk.path)) === name);
    const chunks = await Promise.all(own.map(asFunction));
    const whole = fileOf(chunks, { banner: AS_COMMONJS.banner.js, first: name === "cli.cjs" ? first : null });
    writeFileSync(path.join(folder, name), whole);
  }
  writeFileSync(path.join(folder, "cli.cjs.LICENSES.txt"), licences(root, Object.keys(metafile.inputs)));
}

/** The names of the chunks that some modules load: with them, or also at need. */
function loadedBy(outputs, modules, kinds = ["import-statement"]) {
  const found = new Set(modules.map((module) => entryOf(outputs, module)));
  if (found.has(undefined)) throw new Error(`not each has a chunk of its own: ${modules.join(", ")}`);
  // what is added is gone through, too
  for (const name of found)
    for (const { kind, external, path: to } of outputs[name].imports)
      if (kinds.includes(kind) && !external) found.add(to);
  return new Set([...found].map((name) => path.basename(name)));
}

function entryOf(outputs, module) {
  return Object.keys(outputs).find((name) => outputs[name].entryPoint === module);
}

/** Of what decides whether a configuration is well-formed (src/config/shape.ts). */
function rules() {
  const config = ["schema", "validate", "pm2-options", "pm2-schema", "shape"].map((name) => `src/config/${name}.ts`);
  const digest = createHash("sha256");
  for (const name of [...config, "package-lock.json"].filter(isThere))
    digest.update(readFileSync(path.join(root, name)));
  return digest.digest("hex");
}
