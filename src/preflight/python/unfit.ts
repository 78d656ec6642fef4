import path from "node:path";
import { upwards } from "../../util/paths.ts";
import type { Diagnostic, Fix } from "../../diagnostics/diagnostic.ts";
import type { App, Project } from "../../model/project.ts";
import { findExecutable } from "../../system/executables.ts";
import type { System } from "../../system/system.ts";
import { groupBy } from "../../util/group.ts";
import { type Installers, programInstall } from "../toolchain/installer.ts";
import { type PythonEnvironment, pythonEnvironmentOf, hasUv, making } from "./environments.ts";
import { type PythonAnswer, type Interpreter, askPython, chosen, interpretersHere } from "./interpreters.ts";
import { type Requirement, pinnedPython, requiredPython } from "./requires.ts";

type Deps = Pick<System, "files" | "commands" | "environment">;

/** An environment that cannot be made, because no Python that would make it is one that its project asks for. */
export interface UnfitPython {
  environment: PythonEnvironment;
  apps: string[];
  required: Requirement;
  /** What `python3` answered; null for a tool that looks for a Python itself. */
  asked: PythonAnswer | null;
  interpreter: Interpreter | null;
  uv: boolean;
  pyenv: boolean;
}

/** Each finding as a function of what installs programs here, which is only looked up where something is missing. */
export type Describe = (machine: Installers & Pick<Project, "root">) => Diagnostic;

/** Environments that set-up would make with a Python that their projects exclude. */
export async function unfitPythons(system: Deps, { apps }: Project): Promise<Describe[]> {
  const needed = apps.flatMap((app) => {
    const environment = pythonEnvironmentOf(app);
    return environment ? [{ app: app.name, environment }] : [];
  });
  const groups = [...groupBy(needed, ({ environment }) => environment.folder).values()];
  const found = await Promise.all(
    groups.map((group) =>
      unfit(
        system,
        group[0]!.environment,
        group.map(({ app }) => app),
      ),
    ),
  );
  return found.flatMap((one) => (one === null ? [] : [(machine) => pythonUnfit(one, machine, system.environment.cwd)]));
}

async function unfit(system: Deps, environment: PythonEnvironment, apps: string[]): Promise<UnfitPython | null> {
  const { files } = system;
  if ((await files.kind(environment.folder)) !== null) return null;
  const named = await requiredPython(environment.home, files);
  const asked = environment.by === "venv" ? await askPython(system, environment.python, environment.home) : null;
  // pyenv's python3 runs nothing where a `.python-version` names a version that is not installed
  const pinned = asked?.missing ? await pinnedPython(upwards(environment.home), files) : null;
  const required = named ?? pinned;
  if (required === null || (asked?.version != null && required.fits(asked.version))) return null;
  // what is no Python at all is reported as a missing program
  if (asked !== null && asked.version === null && !asked.missing) return null;
  const interpreter = chosen(await interpretersHere(system), (version) =>
    [named, pinned].every((one) => one === null || one.fits(version)),
  );
  if (asked === null && interpreter !== null) return null;
  const [uv, pyenv] = await Promise.all([
    hasUv(system),
    findExecutable(files, "pyenv", system.environment.shell.PATH, system.environment.cwd),
  ]);
  return { environment, apps, required, asked, interpreter, uv: uv !== null, pyenv: pyenv !== null };
}

/** Pure. */
export function pythonUnfit(found: UnfitPython, machine: Parameters<Describe>[0], cwd: string): Diagnostic {
  const { required, asked, environment, apps } = found;
  const file = path.relative(machine.root, required.file);
  const here = asked?.version ?? null;
  return {
    code: "DEVPM_PYTHON_VERSION",
    summary: `${here === null ? "No Python here" : `Python ${here}`} ${here === null ? "fits" : "does not fit"}: ${file} asks for ${required.text}`,
    severity: "error",
    evidence: [
      ["needed by", apps.join(", ")],
      ["asked by", `${required.key} in ${file}`],
      ["looked at", lookedAt(environment, asked)],
    ],
    state: "Nothing was started.",
    fixes: fixesOf(found, machine, cwd),
  };
}

function lookedAt({ python }: PythonEnvironment, asked: PythonAnswer | null): string {
  if (asked === null) return "PATH, pyenv, uv, mise, asdf";
  return asked.version === null ? `${python}: ${asked.missing ?? ""}` : `${python}, which is ${asked.version}`;
}

function fixesOf(
  { environment, required, interpreter, uv, pyenv }: UnfitPython,
  machine: Installers,
  cwd: string,
): Fix[] {
  if (interpreter)
    return [
      {
        label: `make the environment with ${interpreter.version}`,
        command: making(environment, [interpreter.path, "-m", "venv"], cwd),
      },
    ];
  const version = minorFor(required);
  const withUv = making(environment, ["uv", "venv", "--python", version], cwd);
  if (uv) return [{ label: `let uv bring Python ${version}`, command: withUv }];
  if (pyenv)
    return [
      {
        label: `install Python ${version}`,
        command:
          `pyenv install ${version} && ${making(environment, ["pyenv", "exec", "python3", "-m", "venv"], cwd)}`.replace(
            "pyenv exec",
            `PYENV_VERSION=${version} pyenv exec`,
          ),
      },
    ];
  if (machine.installer === "brew")
    return [
      {
        label: `install Python ${version}`,
        command: `brew install python@${version} && ${making(environment, [`python${version}`, "-m", "venv"], cwd)}`,
      },
    ];
  return [{ label: `let uv bring Python ${version}`, command: `${programInstall("uv", null, machine)} && ${withUv}` }];
}

/** The oldest minor version that fits. */
function minorFor({ fits }: Requirement): string {
  for (let minor = 6; minor < 40; minor += 1) if (fits(`3.${minor}.99`) || fits(`3.${minor}.0`)) return `3.${minor}`;
  return "3";
}

/** One line for an environment that is there with another Python than its project asks for: it may work. */
export async function pythonNotices({ files }: Deps, { apps, root }: Project): Promise<string[]> {
  const lines = await Promise.all(
    apps.map(async ({ name, venv, setup, cwd }: App): Promise<string[]> => {
      if (venv === null) return [];
      const made = await files.read(path.join(venv, "pyvenv.cfg")).catch(() => null);
      const version = /^version(?:_info)?\s*=\s*(3\.\d+\.\d+)/m.exec(made ?? "")?.[1];
      const home = setup.find(({ declares }) => declares?.installedIn === venv)?.cwd ?? cwd;
      const required = version === undefined ? null : await requiredPython(home, files);
      if (version === undefined || required === null || required.fits(version)) return [];
      const shown = path.relative(root, venv);
      return [
        `${name}: ${shown} has Python ${version}, and ${path.relative(root, required.file)} asks for ${required.text}`,
      ];
    }),
  );
  return [...new Set(lines.flat())];
}
