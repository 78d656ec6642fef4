// Makes a clone able to run: dependencies as the lock file has them, and dist as src has it. Plain Node, no dependency:
// it runs when there is none yet. With nothing to do it takes a few milliseconds.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import "./require-node.mjs";
import { STAMP, build, sources } from "./build.mjs";
import { lock } from "./lock.mjs";

const root = path.dirname(import.meta.dirname);
const LOCK_FILE = path.join(root, "package-lock.json");
const INSTALLED = path.join(root, "node_modules/.package-lock.json");
const INSTALLED_FROM = path.join(root, "node_modules/.cache/devpm/installed-from");
const hashOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : null);

export async function prepare() {
  if (upToDate()) return;
  // in the clone, where only its owner can put a file; not below node_modules, which npm ci empties
  const release = await lock(path.join(root, ".prepare.lock"), (pid) =>
    console.error(`devpm: waiting for another preparation of this clone (pid ${pid})`),
  );
  try {
    if (!dependenciesInstalled()) install();
    if (!built()) {
      console.error("devpm: building dist");
      build();
    }
  } finally {
    release();
  }
}

const upToDate = () => dependenciesInstalled() && built();
const built = () => existsSync(path.join(root, "dist")) && read(STAMP) === sources();

function dependenciesInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const stamp = read(INSTALLED_FROM);
  if (stamp !== null) return stamp === hashOf(LOCK_FILE);
  // installed by hand: npm writes its own lock file last
  return statSync(INSTALLED).mtimeMs >= statSync(LOCK_FILE).mtimeMs;
}

function install() {
  console.error("devpm: installing dependencies (npm ci)");
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.error) throw new Error(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0)
    throw new Error(`npm ci failed (${result.signal ?? `exit ${result.status}`}); it says why above`);
  mkdirSync(path.dirname(INSTALLED_FROM), { recursive: true });
  writeFileSync(INSTALLED_FROM, hashOf(LOCK_FILE));
}

/** For the scripts that begin with it: one sentence instead of a stack. */
export async function prepareOrExit() {
  try {
    await prepare();
  } catch (error) {
    console.error(`devpm: ${error.message}`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await prepareOrExit();
