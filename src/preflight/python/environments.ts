import path from "node:path";
import type { Fix } from "../../diagnostics/diagnostic.ts";
import type { App, SetupStep } from "../../model/project.ts";
import type { Files } from "../../system/files/files.ts";
import { findExecutable } from "../../system/executables.ts";
import type { System } from "../../system/system.ts";
import { pathFrom } from "../../util/paths.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { type Interpreter, chosen, interpretersHere } from "./interpreters.ts";
import { requiredPython } from "./requires.ts";

type Deps = Pick<System, "files" | "commands" | "environment">;

/** A virtual environment that set-up makes, or that is there. */
export interface PythonEnvironment {
  folder: string;
  /** Whose files name the packages. */
  home: string;
  /**
   * What chooses its interpreter: `python3 -m venv` has its own, the tools look for one that fits. uv is left out: it
   * downloads what is missing.
   */
  by: "venv" | "poetry" | "pdm" | "pipenv";
  /** The interpreter of `-m venv`. */
  python: string;
}

export function pythonEnvironmentOf({ setup, venv }: App): PythonEnvironment | null {
  for (const step of setup) {
    const by = makerOf(step);
    if (by === null) continue;
    const [python = "python3", , , named = ".venv"] = step.run;
    const folder = step.output ?? venv ?? path.resolve(step.cwd, by === "venv" ? named : ".venv");
    return { folder, home: step.cwd, by, python };
  }
  return null;
}

function makerOf({ run: [program = "", flag, module] }: SetupStep): PythonEnvironment["by"] | null {
  if (flag === "-m" && module === "venv") return "venv";
  return program === "poetry" || program === "pdm" || program === "pipenv" ? program : null;
}

/** `python3.12 -m venv api/.venv && devpm dev`, as it is typed in the user's folder. */
export function making({ folder }: Pick<PythonEnvironment, "folder">, command: readonly string[], cwd: string): string {
  return `${shellQuote(...command, pathFrom(cwd, folder))} && devpm dev`;
}

/** One whose interpreter was updated or removed since it was made: its `bin/python` leads nowhere. */
export interface GoneInterpreter {
  folder: string;
  /** As it says itself: "3.11.4 of /opt/homebrew/opt/python@3.11/bin". */
  madeWith: string;
  fix: Fix;
}

/** Whether an environment's `python` leads nowhere. What is just being made has no such link yet. */
export async function hasLostPython(files: Pick<Files, "kind" | "list">, venv: string): Promise<boolean> {
  const bin = path.join(venv, "bin");
  return (await files.kind(path.join(bin, "python"))) === null && (await files.list(bin)).includes("python");
}

/** null: it is there, or what keeps the environment makes it anew. Without it the next Python on the PATH would run the app. */
export async function goneInterpreter(
  { files, environment }: Deps,
  { venv, setup, command }: App,
): Promise<GoneInterpreter | null> {
  if (venv === null || setup.some((step) => makesAnew(step, venv))) return null;
  const [program = ""] = command.shell ? [] : command.argv;
  // one elsewhere, named by its place
  if (path.isAbsolute(program) && !program.startsWith(venv + path.sep)) return null;
  if (!(await hasLostPython(files, venv))) return null;
  const made = await files.read(path.join(venv, "pyvenv.cfg"));
  if (made === null) return null;
  const told = (key: string): string => new RegExp(`^${key}\\s*=\\s*(.+)`, "m").exec(made)?.[1]?.trim() ?? "?";
  const maker = /^uv\s*=/m.test(made) ? ["uv", "venv", "--clear"] : ["python3", "-m", "venv", "--clear"];
  // `-m venv` refuses a link
  const folder = (await files.realpath(venv)) ?? venv;
  return {
    folder: venv,
    madeWith: `${told("version(?:_info)?")} of ${told("home")}`,
    fix: { label: "make it again", command: making({ folder }, maker, environment.cwd) },
  };
}

/** `python -m venv` and pip do not, nor does `uv pip`. */
const makesAnew = ({ run: [program = "", verb] }: SetupStep, venv: string): boolean =>
  verb !== "-m" && !(program === "uv" && verb === "pip") && !program.startsWith(venv + path.sep);

export const hasUv = ({ files, environment }: Deps): Promise<string | null> =>
  findExecutable(files, "uv", environment.shell.PATH, environment.cwd);

/** What makes the environment of a step whose own Python cannot. */
export async function otherWays(system: Deps, step: SetupStep, folder: string): Promise<Fix[]> {
  const { cwd } = system.environment;
  const [all, required, uv] = await Promise.all([
    interpretersHere(system),
    requiredPython(step.cwd, system.files),
    hasUv(system),
  ]);
  const other: Interpreter | null = chosen(all, required?.fits ?? (() => true));
  return [
    ...(other
      ? [
          {
            label: `make it with Python ${other.version}`,
            command: making({ folder }, [other.path, "-m", "venv"], cwd),
          },
        ]
      : []),
    ...(uv === null ? [] : [{ label: "let uv make it", command: making({ folder }, ["uv", "venv"], cwd) }]),
  ];
}
