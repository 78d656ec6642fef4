import { COMPOSE_FILE } from "../compose/model.ts";
import type { Context } from "../context.ts";
import { json, toml, yaml } from "../parse/data.ts";
import type { Repository } from "../repository/snapshot.ts";

/** What could not be read, or was not parsed in time: what follows from it may be missing above. */
export function unread({ repository, files: { late } }: Context): string[] {
  const shown = repository.unread.slice(0, 5).map(({ path: file, why }) => `not read: ${file} (${why})`);
  const more = repository.unread.length - shown.length;
  const [first] = late;
  return [
    ...shown,
    ...(more > 0 ? [`not read: ${more} more`] : []),
    ...(first === undefined
      ? []
      : [
          `not read: ${late.length === 1 ? first : `${late.length} Python files, such as ${first}`} (out of time): try again`,
        ]),
  ];
}

/** Files of a known kind that cannot be read as that kind. */
export function malformed({ repository }: Context): string[] {
  const readers = [
    [/(^|\/)package\.json$/, json, "JSON"],
    [/(^|\/)pyproject\.toml$/, toml, "TOML"],
    [COMPOSE_FILE, yaml, "YAML"],
  ] as const;
  const bad = readers.flatMap(([name, read, format]) => {
    const named = repository.files.filter((file) => name.test(file)).slice(0, 500);
    return named
      .filter((file) => isBroken(repository, file, read))
      .map((file) => `${file} is not valid ${format} and was left out`);
  });
  return bad.slice(0, 5);
}

const isBroken = (repository: Repository, file: string, read: (text: string | null) => unknown): boolean =>
  HOLDS_MORE.test(repository.text(file) ?? "") && repository.parsed(file, read) === null;

/** More than comments: a file that its author only began is not broken. */
const HOLDS_MORE = /^\s*[^\s#]/m;
