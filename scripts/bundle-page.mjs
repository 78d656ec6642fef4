// The page of a session (web/) as three files, for the engine's page server: nothing is loaded from anywhere else. Usage:
// node bundle-page.mjs FOLDER. Fails where the page outgrew what it may weigh.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { licences } from "./bundle-licences.mjs";

const MOST_BYTES = 120_000;
const root = path.dirname(import.meta.dirname);
const into = process.argv[2];

const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: [
    { in: "web/main.tsx", out: "page" },
    { in: "web/page.css", out: "page" },
  ],
  outdir: into,
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: ["chrome111", "firefox115", "safari16.4"],
  tsconfig: path.join(root, "web/tsconfig.json"),
  define: { "process.env.NODE_ENV": '"production"' },
  metafile: true,
  write: false,
  logLevel: "warning",
});
for (const { path: file, contents } of outputFiles) writeFileSync(file, contents);
for (const name of ["index.html", "icon.svg"]) copyFileSync(path.join(root, "web", name), path.join(into, name));
writeFileSync(path.join(into, "LICENSES.txt"), licences(root, Object.keys(metafile.inputs)));

const weight = ["page.js", "page.css", "index.html", "icon.svg"]
  .map((name) => gzipSync(readFileSync(path.join(into, name))).length)
  .reduce((sum, bytes) => sum + bytes);
if (weight > MOST_BYTES)
  throw new Error(`the page weighs ${weight} bytes compressed; at most ${MOST_BYTES} are allowed`);
