import type { Context } from "../context.ts";

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
