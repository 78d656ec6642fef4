import path from "node:path";
import type { Backend } from "../backend.ts";
import type { Repository } from "../../repository/snapshot.ts";

/** Every list of libraries that counts for a backend, one library a line. */
export function requirementsText(repository: Repository, { home, cwd }: Backend): string {
  const texts = [
    ...new Set([home, cwd, path.posix.join(home, "requirements"), path.posix.join(cwd, "requirements")]),
  ].flatMap((folder) =>
    repository
      .names(folder)
      .filter((name) =>
        /requirements|^(pyproject\.toml|Pipfile|environment\.ya?ml|pixi\.toml|setup\.(py|cfg)|base\.txt|dev\.txt|local\.txt)$/.test(
          name,
        ),
      )
      .map((name) => repository.text(path.posix.join(folder, name)) ?? ""),
  );
  // pyproject.toml may hold its list on one line
  return texts.join("\n").replaceAll(/[[,]\s*["']/g, '\n"');
}
