import { statSync } from "node:fs";
import path from "node:path";
import { pathFrom, upwards } from "../util/paths.ts";
import { shellQuote } from "../util/shell-quote.ts";
import type { Environment } from "./environment.ts";
import { realpathNow, textNow } from "./files/files-now.ts";

/**
 * What a person types in this folder to run this same devpm: `npx devpm` where the project has it, `devpm` where the
 * shell finds it, else the path of the file. `script`: the program that Node was started with.
 */
export function invocation(script: string, environment: Pick<Environment, "cwd" | "shell">): string {
  if (process.versions.pnp !== undefined) return "yarn devpm";
  const real = realpathNow(script) ?? script;
  const local = localInstall(environment.cwd, path.resolve(real, "../.."));
  if (local !== null) return localCall(local, environment.cwd);
  return fromCache(real) ?? (onPath(script, real, environment) ? "devpm" : fileCall(real, environment.cwd));
}

/** The nearest folder upwards whose `node_modules` holds this package. */
function localInstall(cwd: string, packageRoot: string): string | null {
  return upwards(cwd).find((folder) => realpathNow(path.join(folder, "node_modules/devpm")) === packageRoot) ?? null;
}

/** The files that each package manager leaves where it has installed. npx searches upwards; the others do not. */
const MARKS: readonly [file: string, call: string][] = [
  ["node_modules/.modules.yaml", "pnpm exec devpm"],
  ["node_modules/.yarn-integrity", "yarn devpm"],
  ["node_modules/.yarn-state.yml", "yarn devpm"],
  ["node_modules/.package-lock.json", "npx devpm"],
  ["bun.lock", "bunx devpm"],
  ["bun.lockb", "bunx devpm"],
];

function localCall(folder: string, cwd: string): string {
  const nearest = upwards(cwd).find((one) => isThere(path.join(one, "package.json")));
  if (nearest !== undefined && nearest !== folder) return "npx devpm";
  return MARKS.find(([file]) => isThere(path.join(folder, file)))?.[1] ?? "npx devpm";
}

/** Downloaded for one call, and found again by the same command. */
function fromCache(real: string): string | null {
  if (real.includes("/_npx/")) return "npx devpm";
  if (real.includes("/bunx-")) return "bunx devpm";
  return real.includes("/dlx") ? "pnpm dlx devpm" : null;
}

/** The folders that npx, `npm run` and the like put before the PATH are not there in the person's shell. */
function onPath(script: string, real: string, { shell }: Pick<Environment, "shell">): boolean {
  const folders = (shell.PATH ?? "").split(path.delimiter).filter((folder) => !folder.endsWith("node_modules/.bin"));
  const found = folders.map((folder) => path.join(folder, "devpm")).find(isThere);
  if (found === undefined) return false;
  // installed globally: what the shell finds may be a program of a version manager, which proves nothing
  if (real.includes("/node_modules/") || realpathNow(found) === real) return true;
  const text = textNow(found) ?? "";
  return text.includes(script) || text.includes(real);
}

function fileCall(real: string, cwd: string): string {
  return shellQuote(pathFrom(realpathNow(cwd) ?? cwd, real));
}

/** A folder of the PATH may be another user's, closed to this one. */
function isThere(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
