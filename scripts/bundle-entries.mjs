// The programs of src as few files, in dist/lib: loading 300 modules one by one took a third of the CPU that a start spends
// before its first app. Packages stay packages. Usage: node bundle-entries.mjs FOLDER.
import { existsSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const root = path.dirname(import.meta.dirname);
const PROGRAMS = {
  cli: "src/cli.ts",
  index: "src/index.ts",
  "sentinel-main": "src/teardown/sentinel-main.ts",
  "daemon-main": "src/pm2/daemon-main.ts",
  "history-main": "src/page/history-main.ts",
};

await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(Object.entries(PROGRAMS).filter(([, file]) => existsSync(path.join(root, file)))),
  outdir: process.argv[2],
  bundle: true,
  // what several programs share is loaded once, and what a command loads when it is called stays apart
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  logLevel: "warning",
});
