import path from "node:path";
import { nodePackages, runScript, type Packages } from "../../../config/package-manager.ts";
import type { Evidence, Fix } from "../../../diagnostics/diagnostic.ts";
import { ENV_TEMPLATES } from "../../../model/env-templates.ts";
import type { App, Project } from "../../../model/project.ts";
import type { ServiceStatus } from "../../../model/service-status.ts";
import type { Files } from "../../../system/files/files.ts";
import { upwards } from "../../../util/paths.ts";

/** What the last lines of a crash reveal about its cause, and what to type. */
export interface CrashAdvice {
  evidence: Evidence[];
  fixes: Fix[];
}

/** A file that a fix may add a line to. */
export interface Listing {
  file: string;
  text: string;
}

/** What is known about an app when it starts, so that a crash can be reported with a fix. */
export interface StartFacts {
  requirements: Listing | null;
  packages: Packages | null;
  packageJson: string;
  /** The `.env` that devpm reads for it; `text` is null where there is none yet. */
  envFile: { file: string; text: string | null };
  /** `.env.example` or another usual name for it. */
  example: Listing | null;
  /** The project's own modules, by the first part of their name. */
  ownModules: ReadonlyMap<string, string>;
  /** The other apps' `build` scripts: what one app serves, another one may have to build. */
  builds: readonly Build[];
}

export interface Build {
  app: string;
  folder: string;
  run: string[];
}

/** What is known when it has crashed. */
export interface CrashFacts extends StartFacts {
  app: App;
  /** The user's folder: commands are written for it. */
  cwd: string;
  variables: Readonly<Record<string, string>>;
  services: readonly ServiceStatus[];
}

/** Read at each start, so that a crash can be explained immediately. */
export async function readCrashFacts(
  files: Files,
  app: App,
  { root, apps }: Pick<Project, "root" | "apps">,
): Promise<StartFacts> {
  const folders = upwards(app.cwd, root);
  const requirements = app.setup.flatMap(({ inputs }) => inputs).find((file) => file.endsWith("requirements.txt"));
  const [example, listed, packages, packageJson, envFile, ownModules, builds] = await Promise.all([
    firstThere(
      files,
      folders.flatMap((folder) => ENV_TEMPLATES.map((name) => path.join(folder, name))),
    ),
    requirements === undefined ? null : firstThere(files, [requirements]),
    app.toolchain === "node" ? nodePackages(app.cwd, root, files) : null,
    text(files, path.join(app.cwd, "package.json")),
    envFileOf(files, app),
    app.toolchain === "python" ? modulesBelow(files, app.cwd) : new Map<string, string>(),
    Promise.all(apps.filter((other) => other !== app).map((other) => buildOf(files, other, root))),
  ]);
  return {
    requirements: listed,
    packages,
    packageJson: packageJson ?? "",
    envFile,
    example,
    ownModules,
    builds: builds.filter((build) => build !== null),
  };
}

async function buildOf(files: Files, { name, cwd, toolchain }: App, root: string): Promise<Build | null> {
  if (toolchain !== "node") return null;
  const packageJson = await text(files, path.join(cwd, "package.json"));
  if (packageJson === null || !/"build"\s*:\s*"/.test(packageJson)) return null;
  const { manager } = await nodePackages(cwd, root, files);
  return { app: name, folder: cwd, run: runScript(manager, "build", []) };
}

async function firstThere(files: Files, wanted: readonly string[]): Promise<Listing | null> {
  for (const file of wanted) {
    const found = await text(files, file);
    if (found !== null) return { file, text: found };
  }
  return null;
}

/** The nearest one that exists, else the one that would take precedence. */
async function envFileOf(files: Files, { envFiles, cwd }: App): Promise<StartFacts["envFile"]> {
  // what a password manager serves as a named pipe is for the app alone: it can be read once
  const kinds = await Promise.all(envFiles.map((file) => files.kind(file).catch(() => null)));
  const there = await firstThere(files, envFiles.filter((_, at) => kinds[at] === "file").toReversed());
  return there ?? { file: envFiles.at(-1) ?? path.join(cwd, ".env"), text: null };
}

const IGNORED = /^(\.|node_modules$|__pycache__$|venv$)/;

/** Modules of the app's folder and of the folders in it: where an import root may be missing. */
async function modulesBelow(files: Files, folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const names = (await files.list(folder)).filter((name) => !IGNORED.test(name));
  const below = await Promise.all(
    names.map(async (name) => [name, await files.list(path.join(folder, name))] as const),
  );
  for (const [name, inside] of below) {
    for (const module of inside.filter((one) => one.endsWith(".py")))
      found.set(module.slice(0, -3), path.join(name, module));
    if (name.endsWith(".py")) found.set(name.slice(0, -3), name);
    else if (inside.some((one) => one.endsWith(".py"))) found.set(name, name);
  }
  return found;
}

/** A file that cannot be read is ignored: advice is optional. */
const text = (files: Files, file: string): Promise<string | null> => files.read(file).catch(() => null);
