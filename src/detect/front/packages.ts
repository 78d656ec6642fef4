import path from "node:path";
import { isTaken } from "../../config/workspace.ts";
import { type Data, dataAt, isData, json, textAt, textsOf, yaml } from "../parse/data.ts";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Repository } from "../repository/snapshot.ts";

/** A package.json, as far as detection needs it. */
export interface Package {
  file: string;
  folder: string;
  name: string | null;
  scripts: Readonly<Record<string, string>>;
  dependencies: ReadonlySet<string>;
  data: Data;
}

export function packagesOf(repository: Repository): Package[] {
  return repository.files
    .filter((file) => path.posix.basename(file) === "package.json")
    .flatMap((file) => {
      const data = repository.parsed(file, json);
      if (data === null) return [];
      const scripts = Object.entries(dataAt(data, "scripts")).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
      );
      const dependencies = new Set(
        ["dependencies", "devDependencies"].flatMap((key) => Object.keys(dataAt(data, key))),
      );
      return [
        {
          file,
          folder: path.posix.dirname(file),
          name: textAt(data, "name"),
          // without a prototype: `npm run constructor` is no script
          scripts: Object.assign(Object.create(null) as Package["scripts"], Object.fromEntries(scripts)),
          dependencies,
          data,
        },
      ];
    });
}

const LOCKS = new Map(
  Object.entries({
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
  }),
);

/**
 * The package manager of a folder: its own lock, that of the workspace it is a member of, `packageManager`, what the
 * documents use (`used`), else npm. A lock above counts for members only.
 */
export function managerOf(
  repository: Repository,
  packages: readonly Package[],
  folder: string,
  used: readonly string[],
): string {
  const homes = [
    folder,
    ...packages.filter((one) => one.folder !== folder && isMember(repository, one, folder)).map((one) => one.folder),
    ...pnpmRoots(repository).filter((root) => isTaken(root, folder, pnpmMembers(repository, root))),
  ];
  for (const home of homes) {
    const locks = [...new Set(repository.names(home).flatMap((name) => LOCKS.get(name) ?? []))];
    const named = field(packages, home);
    const [only] = locks;
    const pnpm = repository.names(home).includes(PNPM);
    // a workspace that only pnpm reads decides between its lock and a left over one
    if (locks.length > 1 && pnpm && locks.includes("pnpm") && named === null) return "pnpm";
    if (locks.length > 1)
      return locks.find((lock) => lock === named) ?? used.find((one) => locks.includes(one)) ?? only ?? "npm";
    if (only !== undefined) return only;
    if (named !== null) return named;
    if (pnpm) return "pnpm";
    if (repository.has(path.posix.join(home, ".yarnrc.yml"))) return "yarn";
  }
  return used[0] ?? "npm";
}

/** The one that a package asks for: `packageManager`, `devEngines`, `only-allow`, or the only one that `engines` names. */
function field(packages: readonly Package[], folder: string): string | null {
  const own = packages.find((one) => one.folder === folder);
  if (!own) return null;
  const named = /^(npm|pnpm|yarn|bun)@/.exec(textAt(own.data, "packageManager") ?? "")?.[1];
  const development = textAt(own.data, "devEngines", "packageManager", "name");
  const allowed = /\bonly-allow (npm|pnpm|yarn|bun)\b/.exec(own.scripts.preinstall ?? "")?.[1];
  const others = ["pnpm", "yarn", "bun"].filter((one) => dataAt(own.data, "engines")[one] !== undefined);
  const engine = others.length === 1 && dataAt(own.data, "engines").npm === undefined ? others[0] : undefined;
  return named ?? (/^(npm|pnpm|yarn|bun)$/.test(development ?? "") ? development : null) ?? allowed ?? engine ?? null;
}

/** The package manager of a command: of one that runs a script, and of one that installs. */
export function managerIn({ intent, words }: Pick<FoundCommand, "intent" | "words">): string | null {
  if (intent.kind === "package") return intent.manager;
  const [program = "", verb = "install", ...rest] = words;
  const isOwn = /^(npm|pnpm|yarn|bun)$/.test(program) && !rest.some((word) => /^(-g|--global)$/.test(word));
  return isOwn && /^(install|i|ci|add|--frozen-lockfile|--immutable)$/.test(verb) ? program : null;
}

/** What the image of a folder installs its packages with. */
export function managerOfImage(repository: Repository, folder: string): string[] {
  const texts = repository
    .names(folder)
    .filter((name) => name.startsWith("Dockerfile"))
    .map((name) => repository.text(path.posix.join(folder, name)) ?? "");
  const installs = texts.flatMap((text) => text.match(INSTALLS) ?? []);
  return [...new Set(installs.map((line) => line.split(/\s/)[0] ?? ""))].toReversed();
}

const INSTALLS = /\b(?:npm|pnpm|yarn|bun) (?:install|ci|i)\b(?! -g\b| --global\b)/g;

/** Whether a package's workspace holds the folder. */
export const isMember = (repository: Repository, root: Package, folder: string): boolean =>
  isTaken(root.folder, folder, workspacesOf(repository, root));

export function workspacesOf(repository: Repository, { folder, data }: Package): string[] {
  const own = isData(data.workspaces) ? data.workspaces.packages : data.workspaces;
  return [...textsOf(own), ...pnpmMembers(repository, folder)];
}

const PNPM = "pnpm-workspace.yaml";

const pnpmMembers = (repository: Repository, folder: string): string[] =>
  textsOf(repository.parsed(path.posix.join(folder, PNPM), yaml)?.packages);

/** To pnpm the root of a workspace needs no package.json. */
const pnpmRoots = (repository: Repository): string[] =>
  repository.files.filter((file) => path.posix.basename(file) === PNPM).map((file) => path.posix.dirname(file));
