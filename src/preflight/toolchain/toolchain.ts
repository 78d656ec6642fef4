import path from "node:path";
import type { App, Project } from "../../model/project.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { findExecutable } from "../../system/executables.ts";
import type { System } from "../../system/system.ts";
import { missingPackages } from "../setup/missing.ts";
import { goneInterpreter, otherWays } from "../python/environments.ts";
import { unfitPythons } from "../python/unfit.ts";
import { type Missing, missing as missingDiagnostic } from "./diagnostics.ts";
import { type Installers, installerOf } from "./installer.ts";
import { canMakeVenvs, hasPackage, pipRefuses } from "./python-packages.ts";

type Deps = Pick<System, "files" | "commands" | "environment">;

/** What the apps' commands and set-up steps need and this machine does not have: all findings together. */
export async function missingToolchain(system: Deps, project: Project): Promise<Diagnostic[]> {
  const [found, unfit] = await Promise.all([
    Promise.all(project.apps.map((app) => missingFor(system, app))),
    unfitPythons(system, project),
  ]);
  const missing = merged(found.flat()).filter(({ what }) => what !== "venv" || unfit.length === 0);
  if (missing.length === 0 && unfit.length === 0) return [];
  const machine = { ...(await installers(system)), platform: system.environment.platform, root: project.root };
  return [...missing.map((one) => missingDiagnostic(one, machine)), ...unfit.map((describe) => describe(machine))];
}

async function installers(system: Deps): Promise<Installers> {
  const { files, environment } = system;
  const [installer, refuses, pipx] = await Promise.all([
    installerOf(system),
    pipRefuses(system),
    findExecutable(files, "pipx", environment.shell.PATH, environment.cwd),
  ]);
  return { installer, pipRefuses: refuses, pipx: pipx !== null };
}

async function missingFor(system: Deps, app: App): Promise<Missing[]> {
  const programs = await Promise.all(
    (await programsOf(system, app)).map((program) => missingProgram(system, app, program)),
  );
  const found = programs.filter((one) => one !== null);
  if (found.length > 0) return found;
  return app.kind === "vite" ? nodeModules(system, app) : app.toolchain === "python" ? python(system, app) : [];
}

/**
 * The programs that must be there before set-up; what set-up makes (the venv's own python) is not looked for, nor what would
 * install packages of which none is missing.
 */
async function programsOf({ files }: Deps, { command, setup, venv, cwd }: App): Promise<string[]> {
  const absent = await Promise.all(setup.map((step) => missingPackages(step, files)));
  const needed = setup.filter((_, at) => absent[at]?.length !== 0);
  const steps = needed.flatMap(({ run }) => (run[0] === undefined ? [] : [run[0]]));
  const own = command.shell || command.argv[0] === undefined ? [] : [command.argv[0]];
  const bySetup = venv !== null && setup.length > 0;
  // `.venv/bin/python` after a step of the configuration that makes `.venv`
  const outputs = [venv, ...setup.map(({ output }) => output)].filter((one) => one !== null);
  const isMade = (program: string): boolean =>
    program.includes("/") && outputs.some((output) => path.resolve(cwd, program).startsWith(output + path.sep));
  return [...new Set([...steps, ...(bySetup ? [] : own)])].filter((program) => !isMade(program));
}

async function missingProgram({ files, environment }: Deps, app: App, program: string): Promise<Missing | null> {
  const shellPath = environment.shell.PATH ?? "";
  const own = typeof app.env === "function" ? undefined : app.env.PATH;
  const searched = [...(app.venv === null ? [] : [path.join(app.venv, "bin")]), own ?? shellPath].join(path.delimiter);
  if (await findExecutable(files, program, searched, app.cwd)) return null;
  const version = await namedVersion(files, app, program);
  return { what: "program", name: program, apps: [app.name], venv: app.venv, ...(version === null ? {} : { version }) };
}

/** The version of a package manager that the package's `packageManager` names: a newer one may refuse its files. */
async function namedVersion(files: Deps["files"], { setup, cwd }: App, program: string): Promise<string | null> {
  // the later versions of yarn are no package of that name
  if (program !== "pnpm" && program !== "bun") return null;
  const folder = setup.find(({ run }) => run[0] === program)?.cwd ?? cwd;
  const packageJson = (await files.read(path.join(folder, "package.json")).catch(() => null)) ?? "";
  return new RegExp(`"packageManager"\\s*:\\s*"${program}@(\\d[\\w.-]*)`).exec(packageJson)?.[1] ?? null;
}

async function nodeModules({ files }: Deps, app: App): Promise<Missing[]> {
  if (app.setup.length > 0 || app.command.shell) return [];
  const bin = app.command.argv.find((word) => word.endsWith("/vite/bin/vite.js"));
  if (bin === undefined || (await files.kind(bin)) === "file") return [];
  return [{ what: "node_modules", name: "vite", apps: [app.name], folder: app.cwd }];
}

async function python(system: Deps, app: App): Promise<Missing[]> {
  const { venv, setup, kind } = app;
  const makesVenv = setup.find(({ run }) => run[1] === "-m" && run[2] === "venv");
  if (makesVenv && venv !== null && (await system.files.kind(venv)) === null) {
    const able = await canMakeVenvs(system, makesVenv.run[0] ?? "python3");
    if (able) return [];
    return [
      { what: "venv", name: "python3-venv", apps: [app.name], without: await otherWays(system, makesVenv, venv) },
    ];
  }
  const gone = await goneInterpreter(system, app);
  if (gone) return [{ what: "interpreter", name: "python", apps: [app.name], ...gone }];
  const wanted = NEEDED_PACKAGE[kind] ?? null;
  if (wanted === null || setup.length > 0 || (await hasPackage(system, venv, wanted, app.cwd))) return [];
  return [{ what: "package", name: wanted, apps: [app.name], venv, folder: app.cwd }];
}

/** What a preset imports. */
const NEEDED_PACKAGE: Partial<Record<App["kind"], string>> = { flask: "flask", fastapi: "uvicorn", django: "django" };

/** One finding a thing, with all the apps that need it. */
function merged(all: readonly Missing[]): Missing[] {
  const byThing = new Map<string, Missing>();
  for (const one of all) {
    const key = JSON.stringify([one.what, one.name, "folder" in one ? one.folder : null]);
    const before = byThing.get(key);
    byThing.set(key, before ? { ...before, apps: [...before.apps, ...one.apps] } : one);
  }
  return [...byThing.values()];
}
