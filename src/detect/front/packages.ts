import path from "node:path";
import { type Data, dataAt, isData, json, textAt, textsOf, yaml } from "../parse/data.ts";
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
          scripts: Object.fromEntries(scripts),
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
  ];
  for (const home of homes) {
    const locks = [...new Set(repository.names(home).flatMap((name) => LOCKS.get(name) ?? []))];
    const named = field(packages, home);
    const [only] = locks;
    const pnpm = repository.names(home).includes("pnpm-workspace.yaml");
    // a workspace that only pnpm reads decides between its lock and a left over one
    if (locks.length > 1 && pnpm && locks.includes("pnpm") && named === null) return "pnpm";
    if (locks.length > 1)
      return locks.find((lock) => lock === named) ?? used.find((one) => locks.includes(one)) ?? only ?? "npm";
    if (only !== undefined) return only;
    if (named !== null) return named;
    if (pnpm) return "pnpm";
  }
  return used[0] ?? "npm";
}

const field = (packages: readonly Package[], folder: string): string | null =>
  /^(npm|pnpm|yarn|bun)@/.exec(
    textAt(packages.find((one) => one.folder === folder)?.data, "packageManager") ?? "",
  )?.[1] ?? null;

/** Whether a package's workspace holds the folder. */
export function isMember(repository: Repository, root: Package, folder: string): boolean {
  const patterns = workspacesOf(repository, root);
  const relative = path.posix.relative(root.folder, folder);
  if (relative.startsWith("..") || relative === "") return false;
  const taken = patterns.filter((one) => !one.startsWith("!")).some((one) => matches(one, relative));
  return taken && !patterns.filter((one) => one.startsWith("!")).some((one) => matches(one.slice(1), relative));
}

export function workspacesOf(repository: Repository, { folder, data }: Package): string[] {
  const own = isData(data.workspaces) ? data.workspaces.packages : data.workspaces;
  const pnpm = repository.parsed(path.posix.join(folder, "pnpm-workspace.yaml"), yaml);
  return [...textsOf(own), ...textsOf(pnpm?.packages)];
}

function matches(pattern: string, folder: string): boolean {
  const source = pattern
    .replace(/^\.\//, "")
    .replace(/\/$/, "")
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**", "\u0000")
    .replaceAll("*", "[^/]+")
    .replaceAll("\u0000", ".+");
  return new RegExp(`^${source}$`).test(folder);
}
