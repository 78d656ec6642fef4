import path from "node:path";
import type { Repository } from "../repository/snapshot.ts";
import { type Package, isMember } from "./packages.ts";
import type { Tool } from "./tools.ts";

interface Served {
  package: Package;
  tool: Tool;
}

/** What Vite builds for others to import, beside an app, has a dev server only to be looked at. */
export function withoutLibraries<T extends Served>(repository: Repository, fronts: readonly T[]): T[] {
  const apps = fronts.filter(({ package: { folder } }) => !isLibrary(repository, folder));
  return apps.length > 0 ? apps : [...fronts];
}

const isLibrary = (repository: Repository, folder: string): boolean =>
  repository
    .names(folder)
    .filter((name) => /^vite\.config\.[cm]?[jt]s$/.test(name))
    .some((name) => /\blib\s*:\s*\{[^{}]*\bentry\b/.test(repository.text(path.posix.join(folder, name)) ?? ""));

/**
 * `react-scripts` starts what is in `src`, and Vite without a configuration a page, unless it is given one or the other: beside a front
 * end that has it, a package.json without was copied, or left behind.
 */
export const isLeftOver = (repository: Repository, { package: one, tool }: Served, all: readonly Served[]): boolean => {
  const hasSource = ({ folder }: Package): boolean => repository.hasFolder(path.posix.join(folder, "src"));
  const hasPage = ({ folder }: Package): boolean =>
    repository.names(folder).some((name) => /\.html$|^vite\.config\./.test(name));
  const isEmpty =
    !hasSource(one) && (tool.kind === "cra" || (tool.kind === "vite" && !hasPage(one) && !isGiven(repository, one)));
  return isEmpty && all.some(({ package: other }) => hasSource(other));
};

/** `vite web`, `vite --config build/vite.ts` */
const isGiven = (repository: Repository, { folder, scripts }: Package): boolean =>
  Object.values(scripts)
    .filter((script) => /\bvite\b/.test(script))
    .flatMap((script) => script.split(/[\s="']+/))
    .filter((word) => !/^\.?\/?$/.test(word))
    .some((word) => {
      const place = path.posix.join(folder, word);
      return /^(--config|-c)$/.test(word) || repository.has(place) || repository.hasFolder(place);
    });

/** `apps/docs` of a workspace is one of its apps, whatever the name says; a site of documents is left out by its tool. */
export const isMemberApp = (repository: Repository, packages: readonly Package[], { folder }: Package): boolean =>
  /(^|\/)apps\/[^/]+$/.test(folder) && packages.some((root) => isMember(repository, root, folder));

/** Sites and shells that a developer of the product does not start with it. */
export function aside(repository: Repository, { folder, dependencies }: Package, tool: Tool): string | null {
  const has = (pattern: RegExp): boolean => [...dependencies].some((name) => pattern.test(name));
  if (has(/^(nextra|@astrojs\/starlight|mintlify|docus|fumadocs-core)$/)) return "a documentation site";
  // these have a command of their own: beside a page the documents are the smaller part of the package
  const hasPage = repository.has(path.posix.join(folder, "index.html"));
  if (!hasPage && has(/^(@docusaurus\/core|vitepress|vuepress)$/)) return "a documentation site";
  if (has(/^(@crxjs\/vite-plugin|wxt|plasmo|web-ext)$/)) return "a browser extension";
  if (has(/^(electron|electron-vite|@tauri-apps\/cli)$/) && !has(/^(react-router|vue-router|react-router-dom)$/))
    return "a desktop shell";
  if (/(^|\/)(dummy|mock)[\w-]*$/.test(folder)) return "a mock server";
  if (has(/^(maizzle|@maizzle\/framework|react-email|mjml)$/)) return "a preview of mail templates";
  if (/(^|\/)(docs?|documentation)$/.test(folder) && tool.kind === "other-node") return "a documentation site";
  return null;
}
