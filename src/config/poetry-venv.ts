import { createHash } from "node:crypto";
import path from "node:path";
import type { System } from "../system/system.ts";
import { readToml, tableIn } from "./workspace.ts";

/**
 * The environment that poetry keeps outside the project, its default: NAME-HASH-py3.12 in its cache. Once there is one, poetry
 * goes on using it, whatever `virtualenvs.in-project` says; only a `.venv` in the project comes before it.
 */
export async function poetryVenv(
  project: string,
  { files, environment }: Pick<System, "files" | "environment">,
): Promise<string | null> {
  const folder = virtualenvs(environment);
  const real = (await files.realpath(project)) ?? project;
  const hash = createHash("sha256").update(real).digest("base64url").slice(0, 8);
  const made = (await files.list(folder)).filter((name) => /-py3\.\d+$/.test(name) && name.includes(`-${hash}-py`));
  const [only] = made;
  if (only === undefined) return null;
  // `poetry env use` writes down which of several it is
  const chosen = tableIn(await readToml(path.join(folder, "envs.toml"), files), only.replace(/-py[\d.]+$/, ""))?.minor;
  return path.join(folder, made.find((name) => name.endsWith(`-py${String(chosen)}`)) ?? made.at(-1) ?? only);
}

function virtualenvs({ shell, home, platform }: System["environment"]): string {
  if (shell.POETRY_VIRTUALENVS_PATH) return shell.POETRY_VIRTUALENVS_PATH;
  const caches = platform === "darwin" ? path.join(home, "Library/Caches") : path.join(home, ".cache");
  const base = platform === "darwin" ? caches : shell.XDG_CACHE_HOME || caches;
  return path.join(shell.POETRY_CACHE_DIR ?? path.join(base, "pypoetry"), "virtualenvs");
}
