import path from "node:path";
import type { Diagnostic, Fix } from "../../diagnostics/diagnostic.ts";
import { shellQuote } from "../../util/shell-quote.ts";

/** Something an app needs that is not there. */
export type Missing = { name: string; apps: string[] } & (
  | { what: "program"; venv: string | null }
  | { what: "package"; venv: string | null; folder: string }
  | { what: "node_modules"; folder: string }
  | { what: "venv" }
);

export interface Machine {
  platform: NodeJS.Platform;
  /** apt-get, dnf, apk, pacman, brew. */
  installer: string | null;
  root: string;
}

export function missing(one: Missing, machine: Machine): Diagnostic {
  return {
    code: "DEVPM_TOOLCHAIN_MISSING",
    summary: summaryOf(one, machine),
    severity: "error",
    evidence: [["needed by", one.apps.join(", ")], ...evidenceOf(one)],
    state: "Nothing was started.",
    fixes: fixesOf(one, machine),
  };
}

function summaryOf(one: Missing, { root }: Machine): string {
  const shown = (folder: string): string => path.relative(root, folder) || ".";
  switch (one.what) {
    case "program":
      return `${one.name} was not found`;
    case "package":
      return `The Python package ${one.name} is not installed${one.venv === null ? "" : ` in ${shown(one.venv)}`}`;
    case "node_modules":
      return `The packages of ${shown(one.folder)} are not installed`;
    case "venv":
      return "This Python cannot make virtual environments";
  }
}

function evidenceOf(one: Missing): Diagnostic["evidence"] {
  switch (one.what) {
    case "program":
      if (one.name.includes("/")) return [["looked for", one.name]];
      return [["looked in", one.venv === null ? "PATH" : `${path.join(one.venv, "bin")}, then PATH`]];
    case "package":
      return [
        ["asked", `${one.venv === null ? "python3" : path.join(one.venv, "bin/python")}: no module named ${one.name}`],
      ];
    case "node_modules":
      return [["looked for", `node_modules/${one.name} in ${one.folder} and above`]];
    case "venv":
      return [["asked", "python3: no module named ensurepip or venv"]];
  }
}

function fixesOf(one: Missing, { installer }: Machine): Fix[] {
  switch (one.what) {
    case "program":
      return programFixes(one.name, installer);
    case "package":
      return one.venv === null
        ? [
            { label: "make a virtual environment", command: `cd ${shellQuote(one.folder)} && python3 -m venv .venv` },
            {
              label: "then",
              command: `${shellQuote(path.join(one.folder, ".venv/bin/pip"))} install ${packageFor(one.name)}`,
            },
          ]
        : [{ label: "", command: `${shellQuote(path.join(one.venv, "bin/pip"))} install ${packageFor(one.name)}` }];
    case "node_modules":
      return [{ label: "", command: `cd ${shellQuote(one.folder)} && npm install` }];
    case "venv":
      return [{ label: "", command: installed(installer, { "apt-get": "python3-venv" }, "python3") }];
  }
}

function programFixes(name: string, installer: string | null): Fix[] {
  const known = PROGRAMS[name];
  if (name === "python") {
    return [
      { label: "write python3 in the command, or create a virtual environment", command: "python3 -m venv .venv" },
      { label: "or install it", command: installed(installer, { "apt-get": "python-is-python3" }, "python3") },
    ];
  }
  return known === undefined ? [] : [{ label: "", command: known(installer) }];
}

/** How each program that presets and set-up call is installed. */
const PROGRAMS: Readonly<Record<string, (installer: string | null) => string>> = {
  python3: (installer) => installed(installer, { "apt-get": "python3 python3-venv", pacman: "python" }, "python3"),
  node: (installer) => installed(installer, {}, "nodejs"),
  npm: (installer) => installed(installer, {}, "npm"),
  pnpm: () => "npm install --global pnpm",
  yarn: () => "npm install --global yarn",
  bun: () => "npm install --global bun",
  uv: () => "python3 -m pip install uv",
  poetry: () => "python3 -m pip install poetry",
  pipenv: () => "python3 -m pip install pipenv",
  pdm: () => "python3 -m pip install pdm",
};

function installed(installer: string | null, names: Readonly<Record<string, string>>, usual: string): string {
  const name = names[installer ?? ""] ?? usual;
  switch (installer) {
    case null:
      return `install ${name}`;
    case "brew":
      return `brew install ${name.replace(/^nodejs$|^npm$/, "node").replace("python3", "python")}`;
    case "pacman":
      return `sudo pacman -S ${name}`;
    case "apk":
      return `sudo apk add ${name}`;
    default:
      return `sudo ${installer} install ${name}`;
  }
}

/** uvicorn alone would not bring the framework. */
const packageFor = (name: string): string => (name === "uvicorn" ? "fastapi uvicorn" : name);
