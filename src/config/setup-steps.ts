import path from "node:path";
import { pathFrom } from "../util/paths.ts";
import { shellQuote } from "../util/shell-quote.ts";
import { type Packages, install, lockFileOf } from "./package-manager.ts";
import { environmentPrefix } from "./python.ts";
import type { Command, SetupStep } from "../model/project.ts";
import type { PythonPackages, Venv } from "./venv.ts";

/** What makes a Python app's environment: the venv, then what its files ask for. */
export function pythonSteps(venv: Venv | null): SetupStep[] {
  if (!venv?.make) return [];
  const { folder, byUv, make } = venv;
  const pipless = byUv && (make.kind === "requirements" || make.kind === "pyproject");
  const step = pipless ? uvPip(venv, make) : toolStep(folder, make);
  if (step) return [step];
  return [makeVenv(folder, make.folder), pip(folder, make)];
}

/** How the tools that keep an environment of their own learn which one to use; null: pip does it. */
function toolStep(venv: string, { kind, folder, files, workspace = false }: PythonPackages): SetupStep | null {
  const made = { inputs: files, output: venv, cwd: folder, declares: { files, installedIn: venv } };
  switch (kind) {
    case "uv": {
      const run = ["uv", "sync", ...(workspace ? ["--all-packages"] : [])];
      // an activated environment of another project does not count
      return { ...made, run, env: { UV_PROJECT_ENVIRONMENT: venv }, title: run.join(" ") };
    }
    case "poetry": {
      const run = ["poetry", "install", "--no-interaction"];
      return { ...made, run, env: { POETRY_VIRTUALENVS_IN_PROJECT: "true" }, title: "poetry install" };
    }
    case "pdm":
      return { ...made, run: ["pdm", "install"], env: { PDM_IGNORE_ACTIVE_VENV: "1" }, title: "pdm install" };
    case "pipenv": {
      const locked = files.some((file) => file.endsWith(".lock"));
      // one that pipenv keeps elsewhere is the one that it finds by itself
      const inside: Record<string, string> = /^\.?venv$/.test(path.basename(venv))
        ? { PIPENV_VENV_IN_PROJECT: "1" }
        : {};
      const env = { ...inside, PIPENV_IGNORE_VIRTUALENVS: "1", PIPENV_NOSPIN: "1" };
      const run = ["pipenv", locked ? "sync" : "install", "--dev"];
      return { ...made, run, env, title: run.join(" ") };
    }
    case "hatch":
      return { ...made, ...hatchRun("") };
    case "pixi":
      return { ...made, run: ["pixi", "install"], title: "pixi install" };
    case "requirements":
    case "pyproject":
      return null;
  }
}

/** It makes the environment where there is none, and installs what has been added. */
function hatchRun(prefix: string): Pick<SetupStep, "run" | "env" | "title"> {
  const run = ["hatch", "run", `${prefix}python`, "--version"];
  return { run, env: { HATCH_ENV: "default" }, title: run.join(" ") };
}

/** Before a command `hatch run …`: two of them at once would make the same environment, and break it. */
export function hatchSteps(command: Command, venv: Venv | null): SetupStep[] {
  const [runner = "", verb, program = ""] = command.shell ? [] : command.argv;
  const make = venv?.make ?? null;
  if (path.basename(runner) !== "hatch" || verb !== "run" || make === null) return [];
  const prefix = environmentPrefix(runner, program);
  if (prefix === "" && make.kind === "hatch") return pythonSteps(venv);
  return [{ ...hatchRun(prefix), inputs: make.files, output: null, cwd: make.folder }];
}

function makeVenv(venv: string, cwd: string): SetupStep {
  const shown = path.relative(cwd, venv);
  return { run: ["python3", "-m", "venv", venv], inputs: [], output: venv, cwd, title: `python3 -m venv ${shown}` };
}

/** `-r` of each requirements file, or the project itself. */
const wanted = ({ kind, folder, files }: PythonPackages): string[] =>
  kind === "pyproject" ? ["-e", "."] : files.flatMap((file) => ["-r", path.relative(folder, file)]);

function pip(venv: string, make: PythonPackages): SetupStep {
  const flags = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
  const args = wanted(make);
  return {
    run: [path.join(venv, "bin/python"), "-m", "pip", "install", ...flags, ...args],
    // another interpreter in the venv has other libraries
    inputs: [...make.files, path.join(venv, "pyvenv.cfg")],
    output: null,
    cwd: make.folder,
    title: `pip install ${args.join(" ")}`,
    declares: { files: make.files, installedIn: venv },
  };
}

/** Into an environment that uv made without pip. */
function uvPip({ folder }: Venv, make: PythonPackages): SetupStep {
  const { kind, files } = make;
  const made = { output: folder, cwd: make.folder, declares: { files, installedIn: folder } };
  if (kind === "pyproject") {
    // what was installed beside the project is left in the environment
    const run = ["uv", "sync", "--inexact"];
    return { ...made, run, inputs: files, env: { UV_PROJECT_ENVIRONMENT: folder }, title: run.join(" ") };
  }
  const args = wanted(make);
  return {
    ...made,
    run: ["uv", "pip", "install", "--python", path.join(folder, "bin/python"), ...args],
    inputs: [...files, path.join(folder, "pyvenv.cfg")],
    title: `uv pip install ${args.join(" ")}`,
  };
}

/** What makes a folder's node_modules. */
export function nodeSteps(packages: Packages, member: string): SetupStep[] {
  const { folder } = packages;
  const run = install(packages);
  const packageJson = [...new Set([folder, member])].map((at) => path.join(at, "package.json"));
  return [
    {
      run,
      inputs: [...packageJson, lockFileOf(packages)],
      output: path.join(folder, "node_modules"),
      cwd: folder,
      title: shellQuote(...run.slice(0, 2)),
      declares: { files: [path.join(member, "package.json")], installedIn: path.join(folder, "node_modules") },
    },
  ];
}

/** Flags for a step whose output is not watched. */
const QUIET = new Set([..."--disable-pip-version-check --no-input --no-audit --no-fund --progress-bar off".split(" ")]);

/** A step's command as a person types it. */
export const stepAsTyped = ({ run }: SetupStep): string => shellQuote(...run.filter((word) => !QUIET.has(word)));

/** The same steps, each title naming the folder where that is not the project's own. */
export const namingFolders = (steps: readonly SetupStep[], root: string): SetupStep[] =>
  steps.map((step) => (step.cwd === root ? step : { ...step, title: `${step.title} in ${pathFrom(root, step.cwd)}` }));
