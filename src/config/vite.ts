import path from "node:path";
import type { Files } from "../system/files/files.ts";
import { type Packages, nodePackages, runScript } from "./package-manager.ts";
import { upwards } from "../util/paths.ts";
import { parsePackage, resolveScript, typedCommand, type DevScript } from "./dev-script.ts";
import { portFlags } from "./dev-servers.ts";
import { shellQuote } from "../util/shell-quote.ts";
import type { App, Command } from "../model/project.ts";
import { parseCommand } from "./command-line.ts";

/** Where Vite's own bin is, or will be once the packages are installed. */
export async function viteBin(cwd: string, packages: Packages, files: Files): Promise<string> {
  const declared = /"vite"\s*:/.test((await files.read(path.join(cwd, "package.json"))) ?? "");
  // what another project further up installed is not what this folder depends on
  for (const folder of upwards(cwd, declared ? packages.folder : undefined)) {
    const bin = path.join(folder, BIN);
    if ((await files.kind(bin)) === "file") return bin;
  }
  // pnpm links every dependency beside the package that depends on it; the others put it where they install
  return path.join(packages.manager === "pnpm" ? cwd : packages.folder, BIN);
}

const BIN = "node_modules/vite/bin/vite.js";

/**
 * The app with Vite's bin where it is now: set-up may have put it elsewhere (workspaces). Of several apps of
 * one folder each passes Vite's lock, where the installed Vite has one: an older one does not know the flag.
 */
export async function withInstalledVite(app: App, root: string, files: Files): Promise<App> {
  const { command, cwd } = app;
  const [, foreseen = ""] = command.shell ? [] : command.argv;
  if (command.shell || !foreseen.endsWith(BIN)) return app;
  const there = (await files.kind(foreseen)) === "file";
  const bin = there ? foreseen : await viteBin(cwd, await nodePackages(cwd, root, files), files);
  const argv = command.argv.with(1, bin);
  const locks = app.sharesFolder === true && (await hasLock(bin, files));
  return { ...app, command: { argv: locks ? [...argv, "--bypass-lock"] : argv, shell: false } };
}

async function hasLock(bin: string, files: Files): Promise<boolean> {
  const cli = path.join(path.dirname(bin), "../dist/node/cli.js");
  return ((await files.read(cli).catch(() => null)) ?? "").includes("--bypass-lock");
}

/** The `dev` script of a package.json; null where there is none. */
export function devScript(packageJson: string): string | null {
  try {
    const { scripts } = JSON.parse(packageJson) as { scripts?: { dev?: unknown } };
    return typeof scripts?.dev === "string" ? scripts.dev : null;
  } catch {
    return null;
  }
}

export interface DevCommand {
  packages: Packages;
  cwd: string;
  /** Vite's own bin. */
  bin: string;
}

/** The scripts that may be a front end's development server; the first that is there counts. */
const SCRIPTS = ["dev", "start", "serve"];

/**
 * What serves a front end's folder, on the claimed port. A plain `vite …` runs as node on Vite's bin: npm and a shell between
 * PM2 and Vite would each keep a process.
 */
export function viteCommand(packageJson: string, { packages, cwd, bin }: DevCommand): Command {
  const json = parsePackage(packageJson);
  const name = SCRIPTS.find((one) => json?.scripts[one] !== undefined);
  const found: DevScript =
    json && name !== undefined
      ? resolveScript(name, json)
      : { how: "program", program: "vite", args: [], flags: portFlags("vite", []) ?? [] };
  switch (found.how) {
    case "program":
      return { argv: ["node", bin, ...found.args, ...found.flags], shell: false };
    case "script":
      // arguments of the package manager go to the last command of the script
      return { argv: runScript(packages.manager, found.script, found.flags), shell: false };
    case "line":
      return withBins(found.line, packages.folder, cwd);
  }
}

/** A line of package.json's scripts as package managers run it: with the programs of node_modules on the PATH. */
function withBins(line: string, folder: string, cwd: string): Command {
  const bins = upwards(cwd, folder).map((at) => path.join(at, "node_modules/.bin"));
  return { line: `export PATH=${shellQuote(bins.join(":"))}:"$PATH"; ${line}`, shell: true };
}

/** A command as typed, with the port for its dev server where the line has none; null where it runs unchanged. */
export async function servedCommand(line: string, cwd: string, root: string, files: Files): Promise<Command | null> {
  if (/\$PORT\b|\$\{PORT\b|--port\b/.test(line)) return null;
  const json = parsePackage((await files.read(path.join(cwd, "package.json"))) ?? "");
  const typed = json && typedCommand(line, json);
  if (!typed) return null;
  // one that was expanded from a script names programs of node_modules
  if (typed.startsWith(line.trim())) return parseCommand(typed);
  return withBins(typed, (await nodePackages(cwd, root, files)).folder, cwd);
}
