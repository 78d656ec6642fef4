import path from "node:path";
import type { Project } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import type { Definition } from "../definition.ts";
import { simpleVariables } from "../inputs.ts";

/** A checkout with ports of its own whose containers are those of the main one. */
export const isShared = ({ isolation }: Pick<Project, "isolation">): boolean =>
  isolation !== undefined && !isolation.containers;

/** Only the main checkout stops them: stopped from a worktree, they would be gone for the apps of every other checkout. */
export const isOfMain = (project: Pick<Project, "isolation">): boolean =>
  isShared(project) && project.isolation?.main != null;

/**
 * The main checkout's project name, so that its containers are used: Compose names a project after its folder, which differs in
 * each worktree. null where the files or the shell name the project, or there is no main checkout.
 */
export async function sharedName(
  { files, environment }: Pick<System, "files" | "environment">,
  project: Pick<Project, "root" | "isolation">,
  composeFiles: readonly string[],
): Promise<string | null> {
  const { isolation, root } = project;
  const [first] = composeFiles;
  if (!isolation?.main || isolation.containers || first === undefined || environment.shell.COMPOSE_PROJECT_NAME)
    return null;
  const texts = await Promise.all(composeFiles.map((file) => files.read(file).catch(() => null)));
  if (texts.some((text) => namesItself(text ?? ""))) return null;
  const folder = path.resolve(isolation.main, path.relative(root, path.dirname(first)));
  const env = simpleVariables((await files.read(path.join(folder, ".env")).catch(() => null)) ?? "");
  return composeName(env.COMPOSE_PROJECT_NAME ?? path.basename(folder));
}

/** At the top of the file; YAML or, as Compose takes it too, JSON. */
function namesItself(text: string): boolean {
  if (!text.trimStart().startsWith("{")) return /^["']?name["']?\s*:/m.test(text);
  try {
    return "name" in (JSON.parse(text) as object);
  } catch {
    return false;
  }
}

/** As Compose derives a project's name from its folder's. */
const composeName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");

/** Paths in a definition are those of its checkout, so containers of another never match it: no drift, and nothing to mend. */
export const withoutHashes = (definition: Definition): Definition => ({
  ...definition,
  services: definition.services.map((service) => ({ ...service, hash: null })),
});
