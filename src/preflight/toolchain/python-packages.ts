import path from "node:path";
import type { System } from "../../system/system.ts";

type Deps = Pick<System, "files" | "commands" | "environment">;

/** Whether an app's Python could import a package. In a venv its folder is read, else Python is asked. */
export async function hasPackage(system: Deps, venv: string | null, name: string, cwd: string): Promise<boolean> {
  if (venv !== null && (await inSitePackages(system.files, venv, name))) return true;
  const python = venv === null ? "python3" : path.join(venv, "bin/python");
  const question = `importlib.util.find_spec(${JSON.stringify(name)}) is None`;
  return !(await denies(system, python, question, cwd));
}

/** Debian's Python comes without what makes a virtual environment usable. */
export async function canMakeVenvs(system: Deps, python: string): Promise<boolean> {
  const question = 'not (importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"))';
  return !(await denies(system, python, question, system.environment.cwd));
}

/** PEP 668: pip leaves the packages of such a Python to the system's own package manager. */
export async function pipRefuses(system: Deps): Promise<boolean> {
  const marker = '__import__("os").path.join(__import__("sysconfig").get_path("stdlib"), "EXTERNALLY-MANAGED")';
  const question = `sys.prefix == sys.base_prefix and __import__("os").path.exists(${marker})`;
  return denies(system, "python3", question, system.environment.cwd);
}

async function inSitePackages(files: System["files"], venv: string, name: string): Promise<boolean> {
  const versions = await files.list(path.join(venv, "lib"));
  const kinds = await Promise.all(
    versions.map((version) => files.kind(path.join(venv, "lib", version, "site-packages", name))),
  );
  return kinds.includes("folder");
}

/** A code of our own: a Python that fails otherwise has not answered, and its app reports why better than a guess. */
const YES = 93;

/** True only where Python ran and confirmed it. */
async function denies(system: Deps, python: string, question: string, cwd: string): Promise<boolean> {
  const script = `import importlib.util, sys; sys.exit(${YES} if ${question} else 0)`;
  const env = { ...system.environment.shell, PYTHONDONTWRITEBYTECODE: "1" };
  const { exitCode } = await system.commands.run(python, ["-c", script], { cwd, env, timeoutMs: 10_000 });
  return exitCode === YES;
}
