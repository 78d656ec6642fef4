import path from "node:path";
import type { Diagnostic, Fix } from "../../diagnostics/diagnostic.ts";
import type { GoneInterpreter } from "../python/environments.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { type Installers, installed, programInstall } from "./installer.ts";

/** Something an app needs that is not there. */
export type Missing = { name: string; apps: string[] } & (
  | { what: "program"; venv: string | null; version?: string }
  | { what: "package"; venv: string | null; folder: string }
  | { what: "node_modules"; folder: string }
  | ({ what: "interpreter" } & GoneInterpreter)
  /** `without`: commands that make the environment all the same. */
  | { what: "venv"; without: Fix[] }
);

export interface Machine extends Installers {
  platform: NodeJS.Platform;
  root: string;
}

export function missing(one: Missing, machine: Machine): Diagnostic {
  return {
    code: "DEVPM_TOOLCHAIN_MISSING",
    summary: summaryOf(one, machine),
    severity: "error",
    evidence: [["needed by", one.apps.join(", ")], ...evidenceOf(one, machine)],
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
    case "interpreter":
      return `The Python of ${shown(one.folder)} is gone`;
    case "venv":
      return "This Python cannot make virtual environments";
  }
}

function evidenceOf(one: Missing, { root }: Machine): Diagnostic["evidence"] {
  switch (one.what) {
    case "program":
      if (one.name.includes("/")) return [["looked for", one.name]];
      return [
        ["looked in", one.venv === null ? "PATH" : `${path.join(one.venv, "bin")}, then PATH`],
        ...(root.includes(path.delimiter)
          ? [["not in", `${root}: PATH cannot name a folder with ${path.delimiter} in it`] as const]
          : []),
      ];
    case "package":
      return [
        ["asked", `${one.venv === null ? "python3" : path.join(one.venv, "bin/python")}: no module named ${one.name}`],
      ];
    case "node_modules":
      return [["looked for", `node_modules/${one.name} in ${one.folder} and above`]];
    case "interpreter":
      return [["made with", one.madeWith]];
    case "venv":
      return [["asked", "python3: no module named ensurepip or venv"]];
  }
}

function fixesOf(one: Missing, machine: Machine): Fix[] {
  const { installer } = machine;
  switch (one.what) {
    case "program":
      return programFixes(one.name, one.version ?? null, machine);
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
    case "interpreter":
      return [one.fix];
    case "venv":
      return [
        ...one.without,
        {
          label: one.without.length > 0 ? "or install what it lacks" : "",
          command: installed(installer, { "apt-get": "python3-venv" }, "python3"),
        },
      ];
  }
}

function programFixes(name: string, version: string | null, machine: Machine): Fix[] {
  const command = programInstall(name, version, machine);
  if (name === "python") {
    return [
      { label: "write python3 in the command, or create a virtual environment", command: "python3 -m venv .venv" },
      { label: "or install it", command: installed(machine.installer, { "apt-get": "python-is-python3" }, "python3") },
    ];
  }
  return command === null ? [] : [{ label: "", command }];
}

/** uvicorn alone would not bring the framework. */
const packageFor = (name: string): string => (name === "uvicorn" ? "fastapi uvicorn" : name);
