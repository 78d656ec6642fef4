// npm run check: everything that is checked without running devpm. All of it runs, then the failures are listed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { prepareOrExit } from "./prepare.mjs";

const root = path.dirname(import.meta.dirname);
await prepareOrExit();
const packed = mkdtempSync(path.join(tmpdir(), "devpm-check-"));

const bin = (file) => [process.execPath, path.join(root, "node_modules", file)];
const tarball = () => path.join(packed, readdirSync(packed).find((name) => name.endsWith(".tgz")) ?? "none.tgz");

const checks = {
  format: () => [...bin("oxfmt/bin/oxfmt"), "--check"],
  lint: () => [...bin("oxlint/bin/oxlint"), "--deny-warnings"],
  types: () => [...bin("typescript/bin/tsc"), "-p", "tsconfig.json"],
  "types of the page": () => [...bin("typescript/bin/tsc"), "-p", "web/tsconfig.json"],
  python: () => [process.execPath, path.join(root, "scripts/python.mjs")],
  "unused code": () => bin("knip/bin/knip.js"),
  "generated docs": () => [process.execPath, path.join(root, "scripts/docs.mjs"), "--check"],
  // without prepack: dist is fresh, and running tests may be using it
  pack: () => ["npm", "pack", "--ignore-scripts", "--pack-destination", packed],
  "package (publint)": () => [...bin("publint/src/cli.js"), "run", "--strict", tarball()],
  "package types (attw)": () => [
    ...bin("@arethetypeswrong/cli/dist/index.js"),
    "--profile",
    "esm-only",
    "--no-emoji",
    tarball(),
  ],
};

const failed = Object.entries(checks)
  .filter(([name, command]) => !passes(name, command()))
  .map(([name]) => name);
rmSync(packed, { recursive: true, force: true });
if (failed.length > 0) {
  console.error(`\ncheck failed: ${failed.join(", ")}`);
  process.exitCode = 1;
} else {
  console.log("check: all good");
}

function passes(name, [file, ...args]) {
  const started = performance.now();
  const done = spawnSync(file, args, { cwd: root, encoding: "utf8" });
  const ok = done.status === 0;
  console.log(`${ok ? "ok  " : "FAIL"}  ${name} (${Math.round(performance.now() - started)} ms)`);
  if (!ok) console.log(`${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`);
  return ok;
}
