import path from "node:path";
import { shellQuote } from "../util/shell-quote.ts";
import { type Packages, install } from "./package-manager.ts";
import type { SetupStep } from "../model/project.ts";
import type { Venv } from "./venv.ts";

/** What makes a Python app's environment: the venv, then what its files ask for. */
export function pythonSteps(venv: Venv | null): SetupStep[] {
  if (!venv?.make) return [];
  const { kind, folder } = venv.make;
  const inFolder = (name: string): string => path.join(folder, name);
  switch (kind) {
    case "uv":
      return [
        {
          run: ["uv", "sync"],
          inputs: [inFolder("uv.lock"), inFolder("pyproject.toml")],
          output: venv.folder,
          cwd: folder,
          env: { UV_PROJECT_ENVIRONMENT: venv.folder },
          title: "uv sync",
        },
      ];
    case "poetry":
      return [
        {
          run: ["poetry", "install", "--no-interaction"],
          inputs: [inFolder("poetry.lock"), inFolder("pyproject.toml")],
          output: venv.folder,
          cwd: folder,
          env: { POETRY_VIRTUALENVS_IN_PROJECT: "true" },
          title: "poetry install",
        },
      ];
    case "requirements":
      return [
        makeVenv(venv.folder, folder),
        pip(["-r", "requirements.txt"], inFolder("requirements.txt"), venv.folder, folder),
      ];
    case "pyproject":
      return [makeVenv(venv.folder, folder), pip(["-e", "."], inFolder("pyproject.toml"), venv.folder, folder)];
  }
}

function makeVenv(venv: string, cwd: string): SetupStep {
  const shown = path.relative(cwd, venv);
  return { run: ["python3", "-m", "venv", venv], inputs: [], output: venv, cwd, title: `python3 -m venv ${shown}` };
}

function pip(args: readonly string[], input: string, venv: string, cwd: string): SetupStep {
  const flags = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
  return {
    run: [path.join(venv, "bin/python"), "-m", "pip", "install", ...flags, ...args],
    // another interpreter in the venv has other libraries
    inputs: [input, path.join(venv, "pyvenv.cfg")],
    output: null,
    cwd,
    title: `pip install ${args.join(" ")}`,
  };
}

/** What makes a folder's node_modules. */
export function nodeSteps({ manager, folder, lockFile }: Packages): SetupStep[] {
  const run = install(manager);
  return [
    {
      run,
      inputs: [path.join(folder, "package.json"), ...(lockFile ? [lockFile] : [])],
      output: path.join(folder, "node_modules"),
      cwd: folder,
      title: shellQuote(...run.slice(0, 2)),
    },
  ];
}
