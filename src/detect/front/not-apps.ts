import path from "node:path";
import type { Repository } from "../repository/snapshot.ts";
import type { Package } from "./packages.ts";
import type { Tool } from "./tools.ts";

interface Front {
  package: Package;
  tool: Tool;
}

/** A package.json of the same name as another one's, in a folder of something else. */
export const isLeftOver = (repository: Repository, { package: one, tool }: Front, all: readonly Front[]): boolean =>
  tool.kind === "cra" &&
  one.name !== null &&
  !repository.hasFolder(path.posix.join(one.folder, "src")) &&
  all.some(
    ({ package: other }) =>
      other !== one && other.name === one.name && repository.hasFolder(path.posix.join(other.folder, "src")),
  );

/** What Vite builds for others to import, beside an app, has a dev server only to be looked at. */
export function withoutLibraries<T extends Front>(repository: Repository, fronts: readonly T[]): T[] {
  const apps = fronts.filter(({ package: { folder } }) => !isLibrary(repository, folder));
  return apps.length > 0 ? apps : [...fronts];
}

const isLibrary = (repository: Repository, folder: string): boolean =>
  repository
    .names(folder)
    .filter((name) => /^vite\.config\.[cm]?[jt]s$/.test(name))
    .some((name) => /\blib\s*:\s*\{[^{}]*\bentry\b/.test(repository.text(path.posix.join(folder, name)) ?? ""));
