import path from "node:path";
import type { System } from "../system/system.ts";
import { upwards } from "./package-manager.ts";

/** Where a Python app's libraries are. `make`: files of this folder say what setup is to put into it. */
export interface Venv {
  folder: string;
  exists: boolean;
  /** null: it is the user's own (activated in the shell), and setup leaves it alone. */
  make: { kind: "uv" | "poetry" | "requirements" | "pyproject"; folder: string } | null;
}

type Deps = Pick<System, "files" | "environment">;

/** `.venv` or `venv` beside the app or the config, then the activated one, then one that setup can make. */
export async function findVenv(cwd: string, root: string, { files, environment }: Deps): Promise<Venv | null> {
  const make = await requirementsOf(cwd, root, files);
  for (const folder of [...new Set([cwd, root])].flatMap((at) => [path.join(at, ".venv"), path.join(at, "venv")])) {
    // what setup half made is no venv, but is where the whole one will be
    if ((await files.kind(path.join(folder, "pyvenv.cfg"))) === "file") return { folder, exists: true, make };
  }
  const active = environment.shell.VIRTUAL_ENV;
  if (active && (await files.kind(path.join(active, "bin"))) === "folder")
    return { folder: active, exists: true, make: null };
  return make ? { folder: path.join(make.folder, ".venv"), exists: false, make } : null;
}

async function requirementsOf(cwd: string, root: string, files: Deps["files"]): Promise<Venv["make"]> {
  for (const folder of upwards(cwd, root)) {
    const names = await files.list(folder);
    if (names.includes("uv.lock")) return { kind: "uv", folder };
    if (names.includes("poetry.lock")) return { kind: "poetry", folder };
    if (names.includes("requirements.txt")) return { kind: "requirements", folder };
    const pyproject = names.includes("pyproject.toml") ? await files.read(path.join(folder, "pyproject.toml")) : null;
    // without [project] it only configures tools: there is nothing to install
    if (pyproject && /^\[tool\.poetry\]/m.test(pyproject)) return { kind: "poetry", folder };
    if (pyproject && /^\[project\]/m.test(pyproject)) return { kind: "pyproject", folder };
  }
  return null;
}
