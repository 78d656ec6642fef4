import { createHash } from "node:crypto";
import path from "node:path";
import type { System } from "../system/system.ts";

/**
 * The environment that pipenv keeps outside the project, its default: NAME-HASH in its folder of environments. A `.venv` that is a
 * file names another one. null: there is none.
 */
export async function pipenvVenv(
  project: string,
  { files, environment }: Pick<System, "files" | "environment">,
): Promise<string | null> {
  const { shell } = environment;
  const real = (await files.realpath(project)) ?? project;
  const named = ((await files.read(path.join(project, ".venv"))) ?? "").trim();
  const name = named || shell.PIPENV_CUSTOM_VENV_NAME || nameOf(real, shell.PIPENV_PYTHON);
  const folder = named.includes("/") ? path.resolve(project, named) : path.join(virtualenvs(environment), name);
  return (await files.read(path.join(folder, "pyvenv.cfg"))) === null ? null : folder;
}

/** As pipenv makes it of where the Pipfile is. */
function nameOf(project: string, python: string | undefined): string {
  const digest = createHash("sha256").update(path.join(project, "Pipfile")).digest();
  const hash = digest.subarray(0, 6).toString("base64url");
  const clean = path
    .basename(project)
    .replaceAll(/[ &$`!*@"()[\]\\\r\n\t]/g, "_")
    .slice(0, 42);
  return `${clean}-${hash}${python ? `-${path.basename(python)}` : ""}`;
}

function virtualenvs({ shell, home }: System["environment"]): string {
  const data = shell.XDG_DATA_HOME || path.join(home, ".local/share");
  const folder = shell.WORKON_HOME || path.join(data, "virtualenvs");
  return folder.replace(/^~(?=\/|$)/, home);
}
