import path from "node:path";
import type { Backend } from "../backend.ts";
import { textAt, toml } from "../../parse/data.ts";
import type { Repository } from "../../repository/snapshot.ts";

/** Every list of libraries that counts for a backend, one library a line, and those of the project's own packages among them. */
export function requirementsText(repository: Repository, { home, cwd }: Backend): string {
  const folders = [home, cwd, path.posix.join(home, "requirements"), path.posix.join(cwd, "requirements")];
  const lists = new Set(folders.flatMap((folder) => listsIn(repository, folder)));
  const packages = ownPackages(repository);
  // a Set goes on with what is added meanwhile
  for (const list of lists) {
    for (const [, name = ""] of linesOf(repository, list).matchAll(/^[ \t]*["']?([\w.-]+)/gm)) {
      const file = packages.get(normalized(name));
      if (file !== undefined) lists.add(file);
    }
  }
  return [...lists].map((list) => linesOf(repository, list)).join("\n");
}

const listsIn = (repository: Repository, folder: string): string[] =>
  repository
    .names(folder)
    .filter((name) =>
      /requirements|^(pyproject\.toml|Pipfile|environment\.ya?ml|pixi\.toml|setup\.(py|cfg)|base\.txt|dev\.txt|local\.txt)$/.test(
        name,
      ),
    )
    .map((name) => path.posix.join(folder, name));

/** pyproject.toml may hold its list on one line. */
const linesOf = (repository: Repository, file: string): string =>
  (repository.text(file) ?? "").replaceAll(/[[,]\s*["']/g, '\n"');

const cache = new WeakMap<Repository, ReadonlyMap<string, string>>();

/** The project's own packages: the manifest of each, by its name. */
function ownPackages(repository: Repository): ReadonlyMap<string, string> {
  const known = cache.get(repository);
  if (known) return known;
  const manifests = repository.files.filter((file) => path.posix.basename(file) === "pyproject.toml");
  const packages = new Map(
    manifests.flatMap((file): [string, string][] => {
      const name = textAt(repository.parsed(file, toml), "project", "name");
      return name === null ? [] : [[normalized(name), file]];
    }),
  );
  cache.set(repository, packages);
  return packages;
}

/** As installers compare names. */
const normalized = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-");
