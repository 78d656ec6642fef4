import path from "node:path";
import type { System } from "../system/system.ts";

type Outside = Pick<System, "files" | "commands" | "environment">;

/** Whether an app's Python could import a package. In a venv that is a look at its folder, else Python is asked. */
export async function hasPackage(system: Outside, venv: string | null, name: string, cwd: string): Promise<boolean> {
  if (venv !== null && (await inSitePackages(system.files, venv, name))) return true;
  const python = venv === null ? "python3" : path.join(venv, "bin/python");
  const question = `import importlib.util, sys; sys.exit(importlib.util.find_spec(${JSON.stringify(name)}) is None)`;
  return answers(system, python, question, cwd);
}

/** Debian's Python comes without what makes a virtual environment usable. */
export const canMakeVenvs = (system: Outside, python: string): Promise<boolean> =>
  answers(system, python, "import ensurepip, venv", system.environment.cwd);

async function inSitePackages(files: System["files"], venv: string, name: string): Promise<boolean> {
  const versions = await files.list(path.join(venv, "lib"));
  const kinds = await Promise.all(
    versions.map((version) => files.kind(path.join(venv, "lib", version, "site-packages", name))),
  );
  return kinds.includes("folder");
}

async function answers(system: Outside, python: string, question: string, cwd: string): Promise<boolean> {
  const env = { ...system.environment.shell, PYTHONDONTWRITEBYTECODE: "1" };
  const { exitCode } = await system.commands.run(python, ["-c", question], { cwd, env, timeoutMs: 10_000 });
  return exitCode === 0;
}
