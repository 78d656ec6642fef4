import path from "node:path";
import type { Files } from "../system/files/files.ts";
import { upwards } from "../util/paths.ts";
import { isNodeMember } from "./workspace.ts";

export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

/** The package manager of a folder, and the folder its packages are installed from (a workspace's root). */
export interface Packages {
  manager: PackageManager;
  folder: string;
  lockFile: string | null;
  /** Below a workspace that does not count the folder among its members: its package manager must not see it as one. */
  outsider?: boolean;
}

const LOCKS: readonly (readonly [string, PackageManager])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
];

/** Names of the lock files of every package manager. */
export const LOCK_FILES: readonly string[] = LOCKS.map(([name]) => name);

/**
 * A folder's own lock file or `packageManager` field; above it those of a workspace whose member it is. What is above
 * otherwise belongs to another package, and shows at most which package manager is used here.
 */
export async function nodePackages(folder: string, root: string, files: Files): Promise<Packages> {
  const own = await packagesIn(folder, files);
  if (own?.lockFile) return own;
  const above = upwards(folder, root).slice(1);
  for (const at of above) {
    if (!(await isNodeMember(at, folder, files))) continue;
    return (await packagesIn(at, files)) ?? { manager: own?.manager ?? "npm", folder: at, lockFile: null };
  }
  if (own) return own;
  const nearby = (await Promise.all(above.map((at) => packagesIn(at, files)))).find((found) => found !== null);
  // yarn's later versions refuse a package that has no lock file of its own
  const manager = !nearby || nearby.manager === "yarn" ? "npm" : nearby.manager;
  return { manager, folder, lockFile: null, ...(manager === "pnpm" ? { outsider: true } : {}) };
}

async function packagesIn(at: string, files: Files): Promise<Packages | null> {
  const names = await files.list(at);
  const named = managerField(await files.read(path.join(at, "package.json")));
  const lock = LOCKS.find(([name, manager]) => names.includes(name) && (!named || manager === named));
  if (lock) return { manager: lock[1], folder: at, lockFile: path.join(at, lock[0]) };
  return named ? { manager: named, folder: at, lockFile: null } : null;
}

/** Where its lock file is, or will be once it has installed something. */
export const lockFileOf = ({ manager, folder, lockFile }: Packages): string =>
  lockFile ?? path.join(folder, LOCKS.find(([, one]) => one === manager)?.[0] ?? "package-lock.json");

/** Runs a script of package.json, with arguments after it. */
export function runScript(manager: PackageManager, script: string, args: readonly string[]): string[] {
  const run = [manager, "run", script];
  if (args.length === 0) return run;
  return manager === "npm" ? [...run, "--", ...args] : [...run, ...args];
}

/** Installs what the lock file lists, with little output. */
export function install({ manager, outsider = false }: Packages): string[] {
  if (outsider) return ["pnpm", "install", "--ignore-workspace"];
  return manager === "npm" ? ["npm", "install", "--no-audit", "--no-fund"] : [manager, "install"];
}

function managerField(packageJson: string | null): PackageManager | null {
  const found = /"packageManager"\s*:\s*"(npm|pnpm|yarn|bun)@/.exec(packageJson ?? "");
  return (found?.[1] as PackageManager | undefined) ?? null;
}

/** Runs a program of the installed packages, and never one that would have to be downloaded first. */
export function execute(manager: PackageManager, args: readonly string[]): string[] {
  const verbs = {
    npm: ["npx", "--no"],
    pnpm: ["pnpm", "exec"],
    yarn: ["yarn", "run"],
    bun: ["bun", "x", "--no-install"],
  };
  return [...verbs[manager], ...args];
}
