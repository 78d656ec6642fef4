import path from "node:path";
import type { Files } from "../system/files.ts";

export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

/** The package manager of a folder, and the folder its packages are installed from (a workspace's root). */
export interface Packages {
  manager: PackageManager;
  folder: string;
  lockFile: string | null;
}

const LOCKS: readonly (readonly [string, PackageManager])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
];

/** The nearest lock file or `packageManager` field, from the folder up to the project's root; else npm. */
export async function packagesOf(folder: string, root: string, files: Files): Promise<Packages> {
  for (const at of upwards(folder, root)) {
    const names = await files.list(at);
    const named = managerField(await files.read(path.join(at, "package.json")));
    const lock = LOCKS.find(([name, manager]) => names.includes(name) && (!named || manager === named));
    if (lock) return { manager: lock[1], folder: at, lockFile: path.join(at, lock[0]) };
    if (named) return { manager: named, folder: at, lockFile: null };
  }
  return { manager: "npm", folder, lockFile: null };
}

/** The folder and its parents, ending with `root` (or with itself, where it lies elsewhere). */
export function upwards(folder: string, root: string): string[] {
  const relative = path.relative(root, folder);
  if (relative === "") return [folder];
  if (relative.startsWith("..") || path.isAbsolute(relative)) return [folder];
  return [folder, ...upwards(path.dirname(folder), root)];
}

/** Runs a script of package.json, with arguments after it. */
export function runScript(manager: PackageManager, script: string, args: readonly string[]): string[] {
  const run = [manager, "run", script];
  if (args.length === 0) return run;
  return manager === "npm" ? [...run, "--", ...args] : [...run, ...args];
}

/** Installs what the lock file says, without the chatter. */
export function install(manager: PackageManager): string[] {
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
