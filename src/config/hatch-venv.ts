import { createHash } from "node:crypto";
import path from "node:path";
import type { System } from "../system/system.ts";
import { readToml, table } from "./workspace.ts";

type Deps = Pick<System, "files" | "environment">;

/**
 * hatch's environment `default` as a project declares it, in hatch.toml or pyproject.toml; null where it declares none, or one that
 * is no single virtual environment: a matrix, or that of a plugin.
 */
export async function hatchDefault(
  project: string,
  files: Pick<Deps["files"], "read">,
): Promise<Record<string, unknown> | null> {
  const own = table(await readToml(path.join(project, "hatch.toml"), files), "envs");
  const envs = own ?? table(await readToml(path.join(project, "pyproject.toml"), files), "tool", "hatch", "envs");
  const declared = table(envs ?? {}, "default");
  const plain = (declared?.type ?? "virtual") === "virtual" && declared?.matrix === undefined;
  return declared !== undefined && plain ? declared : null;
}

/** Where hatch keeps that environment, whether it has been made or not: NAME/HASH/NAME below its data, or where the project says. */
export async function hatchVenv(project: string, deps: Deps): Promise<string> {
  const { files, environment } = deps;
  const real = (await files.realpath(project)) ?? project;
  const declared = await hatchDefault(real, files);
  const chosen = environment.shell.HATCH_ENV_TYPE_VIRTUAL_PATH || declared?.path;
  if (typeof chosen === "string" && chosen !== "") return path.resolve(real, chosen);
  const pyproject = await readToml(path.join(real, "pyproject.toml"), files);
  const hash = createHash("sha256").update(real).digest("base64url").slice(0, 8);
  const named = table(pyproject, "project")?.name;
  const name = (typeof named === "string" ? named : path.basename(real)).replaceAll(/[-_.]+/g, "-").toLowerCase();
  const { folder, isOwn } = await virtualenvs(real, deps);
  return isOwn ? path.join(folder, name) : path.join(folder, name, hash, name);
}

/** `isOwn`: they belong to one project, or are distinguished by their names alone, as hatch takes `~/.virtualenvs`. */
async function virtualenvs(
  project: string,
  { files, environment: { shell, home, platform } }: Deps,
): Promise<{ folder: string; isOwn: boolean }> {
  const mac = platform === "darwin" ? path.join(home, "Library/Application Support") : null;
  const settings = mac ?? (shell.XDG_CONFIG_HOME || path.join(home, ".config"));
  const configured = await readToml(shell.HATCH_CONFIG ?? path.join(settings, "hatch/config.toml"), files);
  const text = (value: unknown): string | null =>
    typeof value === "string" && value !== "" ? value.replace(/^~(?=\/|$)/, home) : null;
  const usual = path.join(mac ?? (shell.XDG_DATA_HOME || path.join(home, ".local/share")), "hatch");
  const data = text(shell.HATCH_DATA_DIR) ?? text(table(configured, "dirs")?.data) ?? usual;
  const chosen = text(table(configured, "dirs", "env")?.virtual) ?? path.join(data, "env/virtual");
  const folder = path.resolve(project, chosen);
  return { folder, isOwn: folder.startsWith(`${project}/`) || folder === path.join(home, ".virtualenvs") };
}
