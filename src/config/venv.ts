import path from "node:path";
import type { System } from "../system/system.ts";
import { hatchEnvironment, hatchVenv } from "./hatch-venv.ts";
import { upwards } from "../util/paths.ts";
import { pipenvVenv } from "./pipenv-venv.ts";
import { poetryVenv } from "./poetry-venv.ts";
import { isUvMember, readToml, tableIn } from "./workspace.ts";

/** What declares the packages of an environment, and which tool installs them. */
export interface PythonPackages {
  kind: "uv" | "poetry" | "pdm" | "pipenv" | "hatch" | "pixi" | "requirements" | "pyproject";
  /** Where the tool is run: of a uv workspace its root. */
  folder: string;
  /** Files that decide, absolute; the one that names the packages first. */
  files: string[];
  /** The folder's uv workspace: all members are installed into one environment. */
  workspace?: boolean;
  /** What is installed into a `.venv` of the project where the tool keeps its environment elsewhere. */
  otherwise?: PythonPackages | null;
}

/** Where a Python app's libraries are. `make`: files of this folder list what setup installs into it. */
export interface Venv {
  folder: string;
  exists: boolean;
  /** It was made by `uv venv`, which leaves pip out. */
  byUv: boolean;
  /** null: it is the user's own (activated in the shell), and setup leaves it alone. */
  make: PythonPackages | null;
}

type Deps = Pick<System, "files" | "environment">;

/**
 * `.venv` or `venv` beside the app, its packages' files or the config, then the one that poetry, pipenv, hatch or pixi keeps
 * elsewhere, then the activated one, then one that setup can make.
 * `module` is the app's own, from `cwd`.
 */
export async function findVenv(
  cwd: string,
  root: string,
  { files, environment }: Deps,
  module = "",
): Promise<Venv | null> {
  const make = (await packagesOf(cwd, root, files)) ?? (await packagesBelow(cwd, module, files));
  const places = [...new Set([cwd, ...(make ? [make.folder] : []), root])];
  const kept = make ? await keptOutside(make, { files, environment }) : null;
  const inside = places.flatMap((at) => [path.join(at, ".venv"), path.join(at, "venv")]);
  for (const folder of [...inside, ...(kept === null ? [] : [kept])]) {
    // what setup left half made is no venv, but marks where the complete one will be
    const made = await files.read(path.join(folder, folder === kept ? markOf(make) : "pyvenv.cfg"));
    const installed = folder === kept || make?.otherwise === undefined ? make : make.otherwise;
    if (made !== null) return { folder, exists: true, byUv: /^uv\s*=/m.test(made), make: installed };
  }
  const active = environment.shell.VIRTUAL_ENV;
  if (active && (await files.kind(path.join(active, "bin"))) === "folder")
    return { folder: active, exists: true, byUv: false, make: null };
  if (make === null) return null;
  const folder = make.kind === "hatch" || make.kind === "pixi" ? kept : null;
  return { folder: folder ?? path.join(make.folder, ".venv"), exists: false, byUv: false, make };
}

/** What is in an environment that is complete. */
const markOf = (make: PythonPackages | null): string => (make?.kind === "pixi" ? "conda-meta/history" : "pyvenv.cfg");

/** The environment that a tool keeps in a place of its own; of poetry and pipenv only one that is there. */
async function keptOutside({ kind, folder }: PythonPackages, deps: Deps): Promise<string | null> {
  switch (kind) {
    case "poetry":
      return poetryVenv(folder, deps);
    case "pipenv":
      return pipenvVenv(folder, deps);
    case "hatch":
      return hatchVenv(folder, deps);
    case "pixi":
      return path.join(folder, ".pixi/envs/default");
    default:
      return null;
  }
}

/** The nearest folder, from the app's up, that declares what is to be installed. */
async function packagesOf(cwd: string, root: string, files: Deps["files"]): Promise<PythonPackages | null> {
  const folders = upwards(cwd, root);
  for (const folder of folders) {
    const found = await packagesIn(folder, files);
    if (found === null) continue;
    return (await workspaceAbove(folder, folders, found, files)) ?? found;
  }
  return null;
}

/** `backend.api.app`, whose imports start above the folder that lists its packages: `backend/requirements.txt`. */
async function packagesBelow(cwd: string, module: string, files: Deps["files"]): Promise<PythonPackages | null> {
  const [file = ""] = module.split(":");
  const names = file.split(/[./]/).filter((name) => /^\w+$/.test(name));
  for (let depth = names.length; depth > 0; depth -= 1) {
    const found = await packagesIn(path.join(cwd, ...names.slice(0, depth)), files);
    if (found !== null) return found;
  }
  return null;
}

/** The lock file of a uv workspace is its root's, and so is the environment of all members. */
async function workspaceAbove(
  folder: string,
  folders: readonly string[],
  found: PythonPackages,
  files: Deps["files"],
): Promise<PythonPackages | null> {
  if (!["pyproject", "uv", "hatch"].includes(found.kind)) return null;
  for (const root of folders.slice(folders.indexOf(folder) + 1)) {
    if (!(await isUvMember(root, folder, files))) continue;
    const inputs = [path.join(folder, "pyproject.toml"), path.join(root, "uv.lock"), path.join(root, "pyproject.toml")];
    return { kind: "uv", folder: root, files: inputs, workspace: true };
  }
  return null;
}

/** Tools with lock files, the most specific file first; its pyproject.toml or Pipfile is read along. */
const LOCKS = [
  ["uv.lock", "uv", "pyproject.toml"],
  ["poetry.lock", "poetry", "pyproject.toml"],
  ["pdm.lock", "pdm", "pyproject.toml"],
  ["Pipfile.lock", "pipenv", "Pipfile"],
  ["Pipfile", "pipenv", "Pipfile"],
] as const;

async function packagesIn(folder: string, files: Deps["files"]): Promise<PythonPackages | null> {
  const names = await files.list(folder);
  const at = (name: string): string => path.join(folder, name);
  const pyproject = names.includes("pyproject.toml") ? await readToml(at("pyproject.toml"), files) : {};
  const otherwise = await withoutPixi(folder, names, pyproject, files);
  const manifest = names.includes("pixi.toml") ? "pixi.toml" : "pyproject.toml";
  const usesPixi = names.includes("pixi.toml") || tableIn(pyproject, "tool", "pixi") !== undefined;
  // what is listed for another tool decides: beside that pixi often packages or tests
  const isListed = otherwise !== null && otherwise.kind !== "pyproject" && otherwise.kind !== "hatch";
  if (!usesPixi || isListed) return otherwise;
  return { kind: "pixi", folder, files: [at("pixi.lock"), at(manifest)], otherwise: otherwise?.otherwise ?? otherwise };
}

async function withoutPixi(
  folder: string,
  names: readonly string[],
  pyproject: Record<string, unknown>,
  files: Deps["files"],
): Promise<PythonPackages | null> {
  const at = (name: string): string => path.join(folder, name);
  const workspace = tableIn(pyproject, "tool", "uv", "workspace") === undefined ? {} : { workspace: true };
  const lock = LOCKS.find(([name]) => names.includes(name));
  if (lock) return { kind: lock[1], folder, files: [...new Set([at(lock[0]), at(lock[2])])], ...workspace };
  // without [project] it only configures tools: there is nothing to install
  if (tableIn(pyproject, "tool", "uv") && tableIn(pyproject, "project"))
    return { kind: "uv", folder, files: [at("uv.lock"), at("pyproject.toml")], ...workspace };
  const requirements = requirementsAmong(names, await files.list(at("requirements")));
  if (requirements.length > 0) return { kind: "requirements", folder, files: requirements.map(at) };
  // the lock file that the first run makes is one of the inputs already: it is no change
  for (const tool of ["poetry", "pdm"] as const)
    if (tableIn(pyproject, "tool", tool))
      return { kind: tool, folder, files: [at(`${tool}.lock`), at("pyproject.toml")] };
  const plain: PythonPackages | null = tableIn(pyproject, "project")
    ? { kind: "pyproject", folder, files: [at("pyproject.toml")] }
    : null;
  if ((await hatchEnvironment(folder, files)) === null) return plain;
  const declaring = ["pyproject.toml", "hatch.toml"].filter((name) => names.includes(name)).map(at);
  return { kind: "hatch", folder, files: declaring, otherwise: plain };
}

const PLAIN = ["requirements.txt", "requirements/base.txt", "requirements/common.txt", "requirements/requirements.txt"];
const DEVELOPMENT = [
  "requirements-dev.txt",
  "requirements_dev.txt",
  "dev-requirements.txt",
  "requirements/dev.txt",
  "requirements/development.txt",
  "requirements/local.txt",
];

/** What a developer installs: the plain file, and the one for development where there is one. */
export function requirementsAmong(names: readonly string[], inFolder: readonly string[]): string[] {
  const there = new Set([...names, ...inFolder.map((name) => `requirements/${name}`)]);
  const first = (wanted: readonly string[]): string[] => wanted.filter((name) => there.has(name)).slice(0, 1);
  return [...first(PLAIN), ...first(DEVELOPMENT)];
}
