import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cleanEnvironment } from "./environment.ts";

export const REPOSITORY = path.resolve(import.meta.dirname, "../..");

let built = false;

/** The command line of the devpm that src makes: dist is built first where it is older. */
export function builtDevpm(): readonly string[] {
  if (!built) execFileSync(process.execPath, [path.join(REPOSITORY, "scripts/prepare.mjs")], { stdio: "inherit" });
  built = true;
  return [process.execPath, path.join(REPOSITORY, "bin/devpm.js")];
}

/** What `npm pack` makes of the built checkout. */
export function packDevpm(destination: string): string {
  builtDevpm();
  // without prepack: dist is fresh already, and must not be rebuilt under the tests that run it
  npm(["pack", "--ignore-scripts", "--pack-destination", destination], REPOSITORY);
  const file = readdirSync(destination).find((name) => name.endsWith(".tgz"));
  if (!file) throw new Error(`npm pack made no tarball in ${destination}`);
  return path.join(destination, file);
}

/**
 * devpm as a person has it: the tarball installed into an empty prefix (its `bin` is the value's folder). Made once for
 * one content of the package, and kept for the next run.
 */
export function installedDevpm(): { prefix: string; command: readonly string[] } {
  builtDevpm();
  const parts = ["dist/.built-from", "package.json", "bin/devpm.js"].map((file) =>
    readFileSync(path.join(REPOSITORY, file)),
  );
  const key = createHash("sha256").update(Buffer.concat(parts)).digest("hex").slice(0, 16);
  const prefix = path.join(tmpdir(), `devpm-installed-${key}-${process.versions.node}`);
  if (!existsSync(prefix)) install(prefix);
  return { prefix, command: [process.execPath, path.join(prefix, "node_modules/.bin/devpm")] };
}

function install(prefix: string): void {
  const beside = mkdtempSync(`${prefix}.`);
  try {
    const tarball = packDevpm(beside);
    mkdirSync(path.join(beside, "home"));
    npm(["install", "--prefix", beside, "--no-audit", "--no-fund", "--prefer-offline", tarball], beside);
    renameSync(beside, prefix);
  } catch (error) {
    // another test file has made it meanwhile
    if (!existsSync(prefix)) throw error;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

function npm(args: readonly string[], cwd: string): void {
  const done = spawnSync("npm", args, { cwd, encoding: "utf8", env: cleanEnvironment(process.env.HOME ?? "/root") });
  if (done.status !== 0) throw new Error(`npm ${args.join(" ")} failed:\n${done.stdout}\n${done.stderr}`);
}
