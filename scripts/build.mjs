// src → dist: the compiled CLI, and beside it the helpers that are not TypeScript and that tsc would leave behind.
// Built beside dist and put in its place whole, so that neither a running devpm nor a failed build breaks anything.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprint } from "./fingerprint.mjs";
import { isAlive } from "./is-alive.mjs";

const root = path.dirname(import.meta.dirname);

/** What dist was built from: kept inside dist, so that it moves with dist. */
export const STAMP = path.join(root, "dist/.built-from");

export const sources = () =>
  fingerprint(root, [
    "src",
    "web",
    // of the packages that are bundled
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "scripts/build.mjs",
    "scripts/bundle-entries.mjs",
    "scripts/bundle-chunks.mjs",
    "scripts/bundle-dockerode.mjs",
    "scripts/bundle-mcp.mjs",
    "scripts/bundle-page.mjs",
    "scripts/bundle-licences.mjs",
  ]);

/** Throws with the compiler's output already printed. */
export function build() {
  const madeFrom = sources();
  const beside = path.join(root, `dist.${process.pid}.tmp`);
  const old = path.join(root, `dist.${process.pid}.old`);
  sweepAbandoned();
  try {
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const compiled = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", beside], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (compiled.status !== 0) throw new Error("devpm did not compile; dist is as it was");
    cpSync(path.join(root, "src"), beside, {
      recursive: true,
      filter: (from) => !/\.(ts|md)$|__pycache__/.test(from),
    });
    run("bundle-entries.mjs", path.join(beside, "lib"));
    if (existsSync(path.join(root, "web/main.tsx"))) {
      mkdirSync(path.join(beside, "web"));
      run("bundle-page.mjs", path.join(beside, "web"));
    }
    if (existsSync(path.join(beside, "system/docker/client.js")))
      run("bundle-dockerode.mjs", path.join(beside, "system/docker/dockerode.cjs"));
    if (existsSync(path.join(beside, "system/mcp/sdk.js")))
      run("bundle-mcp.mjs", path.join(beside, "system/mcp/sdk.cjs"));
    writeFileSync(path.join(beside, path.basename(STAMP)), madeFrom);
    if (existsSync(path.join(root, "dist"))) renameSync(path.join(root, "dist"), old);
    renameSync(beside, path.join(root, "dist"));
  } finally {
    rmSync(beside, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** A script of this folder, on its own: only after an installation there is a bundler to import. */
function run(script, into) {
  const made = spawnSync(process.execPath, [path.join(import.meta.dirname, script), into], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (made.status !== 0) throw new Error(`${script} failed; dist is as it was`);
}

/** A build that was killed leaves its half-made folder. */
function sweepAbandoned() {
  for (const name of readdirSync(root)) {
    const pid = /^dist\.(\d+)\.(?:tmp|old)$/.exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) rmSync(path.join(root, name), { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
