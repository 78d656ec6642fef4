import path from "node:path";
import type { Said } from "../commands/said.ts";
import { type WebApp, appNamed, appReturned } from "./frameworks.ts";
import { type PythonFiles, foldersAbove } from "./index.ts";
import { launchesOf } from "./launch.ts";
import type { CodePort, Variables } from "./port.ts";

/** An application that a command starts. */
export interface Target {
  file: string;
  object: string;
  factory: boolean;
  app: WebApp;
  /** The folder that the command's module path starts from. */
  root: string;
  /** Where the command runs. */
  folder: string;
  port: number | null;
  /** A port that stands in the code the command runs. */
  codePort: (CodePort & { file: string; line: number }) | null;
  said: Said;
}

export type VariablesOf = (folder: string) => Variables;

/** What the commands of a repository start, as far as it is a Python web application. */
export function targetsOf(files: PythonFiles, commands: readonly Said[], variables: VariablesOf): Target[] {
  return commands.flatMap((said) => {
    const { intent } = said;
    switch (intent.kind) {
      case "server":
        return serverTarget(files, said, intent, variables);
      case "flask":
        return flaskTarget(files, said, intent.app ?? said.env.FLASK_APP ?? null, intent.port ?? numberOf(said.env.FLASK_RUN_PORT), variables);
      case "fastapi":
        return fastapiTarget(files, said, intent.path, intent.object, intent.port);
      case "python":
        return scriptTarget(files, said, intent, variables);
      case "other":
        return consoleTarget(files, said, intent.words, variables);
      default:
        return [];
    }
  });
}

type Server = Extract<Said["intent"], { kind: "server" }>;
type Script = Extract<Said["intent"], { kind: "python" }>;

const numberOf = (text: string | undefined): number | null => (text !== undefined && /^\d{2,5}$/.test(text) ? Number(text) : null);

function serverTarget(files: PythonFiles, said: Said, { target, factory, port, appFolder }: Server, variables: VariablesOf): Target[] {
  const [module = "", rest = "app"] = target.split(":");
  const object = rest.replace(/\(.*\)$/, "");
  const folders = said.folders.flatMap((folder) => [...(appFolder === null ? [] : [path.posix.join(folder, appFolder)]), folder]);
  const found = locate(files, module, folders);
  const folder = said.folders[0] ?? ".";
  const set = port ?? numberOf(said.env.PORT) ?? (said.words.some((word) => /\$\{?PORT/.test(word)) ? numberOf(variables(folder).PORT) : null);
  return found ? target_(files, said, { ...found, object, factory, port: set, codePort: null }) : [];
}

interface Located {
  file: string;
  root: string;
}

/** The file of a dotted module: in the folders where the command may run, else wherever the repository has that path. */
export function locate(files: PythonFiles, module: string, folders: readonly string[]): Located | null {
  for (const folder of folders.flatMap((one) => [one, path.posix.join(one, "src")])) {
    const file = files.fileIn(folder, module);
    if (file !== null) return { file, root: folder };
  }
  const ending = module.replaceAll(".", "/");
  const [home = "."] = folders;
  const others = files.repository.files
    .filter((file) => file.endsWith(`/${ending}.py`) || file.endsWith(`/${ending}/__init__.py`))
    .filter((file) => !isAside(file))
    .toSorted((a, b) => distance(a, home) - distance(b, home) || a.length - b.length);
  const [file] = others;
  if (file === undefined) return null;
  const root = file.slice(0, file.lastIndexOf(`/${ending}`));
  return { file, root };
}

const distance = (file: string, folder: string): number => path.posix.relative(folder, file).split("/").filter((part) => part === "..").length;

/** Folders of a repository that hold no part of what it is about. */
export const isAside = (file: string): boolean =>
  /(^|\/)(tests?|testing|__tests__|e2e|examples?|samples?|demos?|docs?|documentation|public|static|templates?|solutions?|scripts|notebooks?|benchmarks?|migrations|alembic|fixtures|mocks?|tutorials?|cookbooks?|playground|archive|old|backup|legacy|deprecated)\//.test(file) ||
  /(^|\/)(test_[^/]*|[^/]*_test|conftest|mock[^/]*)\.py$/.test(file);

function target_(
  files: PythonFiles,
  said: Said,
  { file, root, object, factory, port, codePort }: Located & { object: string; factory: boolean; port: number | null; codePort: Target["codePort"] },
): Target[] {
  const module = files.module(file);
  if (!module) return [];
  const named = appNamed(files, file, object);
  if (named) return [{ file, object, factory: false, app: named, root, folder: said.folders[0] ?? ".", port, codePort, said }];
  const made = factoryNamed(files, file, object);
  if (made) return [{ file: made.file, object: made.object, factory: true, app: made.app, root, folder: said.folders[0] ?? ".", port, codePort, said }];
  void factory;
  return [];
}

/** A function of a module, or one that it imports, that returns an application. */
export function factoryNamed(files: PythonFiles, file: string, object: string): { file: string; object: string; app: WebApp } | null {
  const module = files.module(file);
  const own = module?.functions.find(({ name, scope }) => name === object && scope === "");
  if (module && own) {
    const app = appReturned(files, module, own);
    return app ? { file, object, app } : null;
  }
  for (const one of module?.imports ?? []) {
    const taken = one.names?.find(({ as }) => as === object);
    const from = taken && files.resolve(file, one.module, one.level);
    const found = from && from !== file ? factoryNamed(files, from, taken.name) : null;
    if (found) return { ...found, file, object };
  }
  return null;
}

function flaskTarget(files: PythonFiles, said: Said, named: string | null, port: number | null, variables: VariablesOf): Target[] {
  const folder = said.folders.find((one) => named !== null || variables(one).FLASK_APP !== undefined || flaskDefault(files, one) !== null) ?? said.folders[0] ?? ".";
  const set = variables(folder);
  const spelled = named ?? set.FLASK_APP ?? flaskDefault(files, folder);
  return spelled === null ? [] : flaskApp(files, said, spelled, port ?? numberOf(set.FLASK_RUN_PORT), said.folders);
}

const flaskDefault = (files: PythonFiles, folder: string): string | null =>
  ["wsgi", "app"].find((module) => files.fileIn(folder, module) !== null) ?? null;

/** What FLASK_APP may be: `app`, `app.py`, `src/app.py`, `pkg:create_app('dev')`. */
export function flaskApp(files: PythonFiles, said: Said, spelled: string, port: number | null, folders: readonly string[]): Target[] {
  const [place = "", call] = spelled.replace(/^["']|["']$/g, "").split(":");
  const module = place.replace(/^\.\//, "").replace(/\.py$/, "").replaceAll(/[/\\]/g, ".").replace(/\.$/, "");
  const found = locate(files, module, folders);
  if (!found) return [];
  const objects = call === undefined ? ["app", "application", "create_app", "make_app"] : [call.replace(/\(.*\)$/, "")];
  for (const object of objects) {
    const [target] = target_(files, said, { ...found, object, factory: false, port, codePort: null });
    if (target) return [target];
  }
  const [only] = call === undefined ? objectsIn(files, found.file) : [];
  return only === undefined ? [] : target_(files, said, { ...found, object: only, factory: false, port, codePort: null });
}

/** Names of a module that are applications. */
export function objectsIn(files: PythonFiles, file: string): string[] {
  const module = files.module(file);
  const names = [...new Set(module?.assigns.filter(({ scope, main, target }) => scope === "" && !main && !target.includes(".")).map(({ target }) => target) ?? [])];
  return names.filter((name) => appNamed(files, file, name) !== null);
}

const FASTAPI_DEFAULTS = ["main", "app", "api", "app.main", "app.app", "app.api"];

function fastapiTarget(files: PythonFiles, said: Said, written: string | null, object: string | null, port: number | null): Target[] {
  const place = written?.replaceAll("\\", "/").replace(/^\.\//, "") ?? null;
  for (const folder of said.folders) {
    const file = place === null ? firstOf(FASTAPI_DEFAULTS.map((module) => files.fileIn(folder, module))) : fileAt(files, folder, place);
    if (file === null) continue;
    const name = object ?? objectsIn(files, file).toSorted((a, b) => Number(b === "app") - Number(a === "app"))[0] ?? "app";
    const targets = target_(files, said, { file, root: packageRoot(files, file), object: name, factory: false, port, codePort: null });
    if (targets.length > 0) return targets;
  }
  return [];
}

const firstOf = <T>(values: readonly (T | null)[]): T | null => values.find((value) => value !== null) ?? null;

function fileAt({ repository }: PythonFiles, folder: string, place: string): string | null {
  const at = path.posix.join(folder, place);
  return [at, `${at}/__init__.py`, `${at}.py`, `${at}/main.py`, `${at}/app.py`].find((file) => file.endsWith(".py") && repository.has(file)) ?? null;
}

/** `fastapi dev` starts above the packages of its file. */
function packageRoot({ repository }: PythonFiles, file: string): string {
  return foldersAbove(file).find((folder) => !repository.has(path.posix.join(folder, "__init__.py"))) ?? ".";
}

function scriptTarget(files: PythonFiles, said: Said, { file, module }: Script, variables: VariablesOf): Target[] {
  const found = file === null ? moduleProgram(files, said, module ?? "") : scriptFile(files, said, file);
  return found ? programTarget(files, said, found, variables) : [];
}

function moduleProgram(files: PythonFiles, said: Said, module: string): Located | null {
  return locate(files, `${module}.__main__`, said.folders) ?? locate(files, module, said.folders);
}

function scriptFile(files: PythonFiles, said: Said, file: string): Located | null {
  const name = file.replace(/^\.\//, "").replace(/^\/(app|code|usr\/src\/app|srv|workspace)\//, "");
  for (const folder of said.folders) {
    const at = path.posix.normalize(path.posix.join(folder, name));
    if (files.repository.has(at)) return { file: at, root: path.posix.dirname(at) };
  }
  return null;
}

function programTarget(files: PythonFiles, said: Said, { file, root }: Located, variables: VariablesOf): Target[] {
  const module = files.module(file);
  if (!module) return [];
  const set = { ...variables(said.folders[0] ?? "."), ...said.env };
  for (const { target, port, line } of [...launchesOf(files, module, set), ...launchesBehind(files, file, set)]) {
    const at = target.module === null ? { file, root } : locate(files, target.module, [root, ...said.folders]);
    const codePort = port ? { ...port, file, line } : null;
    const args = said.intent.kind === "python" ? portIn(said.intent.args) : null;
    const [found] = at ? target_(files, said, { ...at, object: target.object, factory: target.factory, port: args, codePort }) : [];
    if (found) return [found];
    const local = at && target.module === null ? localApp(files, said, at, target.object, codePort) : null;
    if (local) return [local];
  }
  return [];
}

const portIn = (args: readonly string[]): number | null => {
  const at = args.findIndex((arg) => arg === "--port" || arg === "-p");
  return numberOf(at === -1 ? args.find((arg) => arg.startsWith("--port="))?.slice(7) : args[at + 1]);
};

/** What the functions of own modules start that a program calls: `from app.server import run`. */
function launchesBehind(files: PythonFiles, file: string, set: Variables): ReturnType<typeof launchesOf> {
  const module = files.module(file);
  const called = new Set(module?.calls.map(({ callee }) => callee.split(".")[0] ?? ""));
  return (module?.imports ?? []).flatMap((one) => {
    if (!one.names?.some(({ as }) => called.has(as))) return [];
    const from = files.resolve(file, one.module, one.level);
    const behind = from === null ? null : files.module(from);
    return behind ? launchesOf(files, behind, set).map((launch) => ({ ...launch, target: launch.target.module === null ? { ...launch.target, module: one.module } : launch.target })) : [];
  });
}

/** `if __name__ == "__main__": app = create_app(); app.run()`: what makes it is what a server can be given. */
function localApp(files: PythonFiles, said: Said, { file, root }: Located, object: string, codePort: Target["codePort"]): Target | null {
  const module = files.module(file);
  const assigned = module?.assigns.findLast(({ target, value }) => target === object && value?.kind === "call");
  const callee = assigned?.value?.kind === "call" ? assigned.value : null;
  if (!callee || callee.args.length > 0) return null;
  const made = factoryNamed(files, file, callee.callee);
  return made ? { file: made.file, object: made.object, factory: true, app: made.app, root, folder: said.folders[0] ?? ".", port: null, codePort, said } : null;
}

/** A console script of the project itself. */
function consoleTarget(files: PythonFiles, said: Said, words: readonly string[], variables: VariablesOf): Target[] {
  const [name = ""] = words;
  if (!/^[\w-]+$/.test(name)) return [];
  for (const folder of said.folders) {
    const script = consoleScripts(files, folder)[name];
    const located = script === undefined ? null : locate(files, script.split(":")[0] ?? "", [folder, path.posix.join(folder, "src")]);
    if (located) return programTarget(files, said, located, variables);
  }
  return [];
}

const cache = new WeakMap<PythonFiles, Map<string, Record<string, string>>>();

/** `[project.scripts]` of a folder, by name. */
function consoleScripts(files: PythonFiles, folder: string): Record<string, string> {
  const known = cache.get(files) ?? new Map<string, Record<string, string>>();
  cache.set(files, known);
  const there = known.get(folder);
  if (there) return there;
  const text = files.repository.text(path.posix.join(folder, "pyproject.toml")) ?? "";
  const section = /^\[(?:project|tool\.poetry)\.scripts\]\n((?:(?!\[)[^\n]*\n?)*)/m.exec(text)?.[1] ?? "";
  const scripts = Object.fromEntries([...section.matchAll(/^\s*"?([\w.-]+)"?\s*=\s*["']([\w.:]+)["']/gm)].map(([, name = "", target = ""]) => [name, target]));
  known.set(folder, scripts);
  return scripts;
}
