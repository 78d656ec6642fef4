import path from "node:path";
import type { Files } from "../system/files.ts";
import { type Packages, packagesOf, runScript, upwards } from "./package-manager.ts";
import type { App, Command } from "../model/project.ts";
import { parseCommand } from "./words.ts";

/** Where Vite's own bin is, or will be once the packages are installed. */
export async function viteBin(cwd: string, packages: Packages, files: Files): Promise<string> {
  const declared = /"vite"\s*:/.test((await files.read(path.join(cwd, "package.json"))) ?? "");
  // what another project further up installed is not what this folder asks for
  for (const folder of upwards(cwd, declared ? packages.folder : path.parse(cwd).root)) {
    const bin = path.join(folder, BIN);
    if ((await files.kind(bin)) === "file") return bin;
  }
  // pnpm links every dependency beside the package that asks for it; the others put it where they install
  return path.join(packages.manager === "pnpm" ? cwd : packages.folder, BIN);
}

const BIN = "node_modules/vite/bin/vite.js";

/** The app with Vite's bin where it is now: set-up may have put it elsewhere than was foreseen (workspaces). */
export async function withInstalledVite(app: App, root: string, files: Files): Promise<App> {
  const { command, cwd } = app;
  const [, foreseen = ""] = command.shell ? [] : command.argv;
  if (command.shell || !foreseen.endsWith(BIN) || (await files.kind(foreseen)) === "file") return app;
  const bin = await viteBin(cwd, await packagesOf(cwd, root, files), files);
  return { ...app, command: { argv: command.argv.with(1, bin), shell: false } };
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

/** A plain `vite …` runs as node on Vite's bin: npm and a shell between PM2 and Vite would each keep a process. */
export function viteCommand(script: string, bin: string, packages: Packages): Command {
  const plain = plainVite(script);
  if (plain) return { argv: ["node", bin, ...plain, ...PORT], shell: false };
  // arguments of the package manager go to the last command of the script
  return { argv: runScript(packages.manager, "dev", endsInVite(script) ? PORT : []), shell: false };
}

const PORT = ["--port", "$PORT", "--strictPort"];

/** Its arguments without those that devpm gives; null where the script is more than `vite …`. */
function plainVite(script: string): string[] | null {
  const command = parseCommand(script);
  if (command.shell || command.argv[0] !== "vite") return null;
  const [, ...args] = command.argv;
  // `vite build` and `vite preview` are not the dev server
  if (args[0] === "build" || args[0] === "preview" || args[0] === "optimize") return null;
  return args.filter(
    (arg, at) => !/^--(port(=|$)|strictPort)/.test(arg) && !(args[at - 1] === "--port" && /^\d+$/.test(arg)),
  );
}

const endsInVite = (script: string): boolean =>
  /(?:^|&&|;)\s*(?:(?:cross-env\s+)?(?:\w+=\S*\s+)*)(?:npx\s+)?vite(?:\s+(?!build|preview)[^|&;]*)?$/.test(
    script.trim(),
  ) && !/--port/.test(script);
