import path from "node:path";
import { groupBy } from "../../util/group.ts";
import { RANK, type RankedPort } from "./rank.ts";
import type { Context } from "../context.ts";
import type { Backend } from "../python/backend.ts";
import type { Repository } from "../repository/snapshot.ts";

const ADDRESS = /\bhttps?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{4,5})\/(\w[\w-]*)/g;

/**
 * Where nothing else says: the address whose paths the documents ask for (`curl http://localhost:8765/orders`) and the backend's own
 * code names. `others`: ports of front ends and of what is no app, which documents name as well.
 */
export function documentedClaims(
  { repository, backends }: Context,
  backend: Backend,
  others: ReadonlySet<number>,
): RankedPort[] {
  const isNamed = namedIn(repository, backend);
  const found = documentsOf(repository, backend, backends).flatMap((file) => {
    const text = repository.text(file) ?? "";
    return [...text.matchAll(ADDRESS)].flatMap(({ 0: says, 1: digits, 2: segment = "", index }): RankedPort[] => {
      const port = Number(digits);
      if (others.has(port) || !isNamed(segment)) return [];
      return [
        { port, rank: RANK.documentedAddress, evidence: { file, line: text.slice(0, index).split("\n").length, says } },
      ];
    });
  });
  const [most = [], next = []] = [...groupBy(found, ({ port }) => port).values()].toSorted(
    (a, b) => b.length - a.length,
  );
  return most.length >= 2 && most.length >= 2 * next.length ? most.slice(0, 1) : [];
}

/** Those of its own folders; and of the whole repository where it is the only backend. */
function documentsOf(repository: Repository, backend: Backend, backends: readonly Backend[]): string[] {
  const others = backends.filter((one) => one !== backend);
  const own = [backend.home, backend.cwd].filter((folder) =>
    others.every(({ home, cwd }) => home !== folder && cwd !== folder),
  );
  return [...new Set([...(others.length === 0 ? ["."] : []), ...own])].flatMap((folder) =>
    repository
      .names(folder)
      .filter((name) => /^README[\w.-]*\.(md|mdx|rst|txt)$/i.test(name))
      .map((name) => path.posix.join(folder, name)),
  );
}

/** What FastAPI serves by itself. */
const OWN_PAGES = /^(docs|redoc|openapi)$/;

/** Whether a path that begins so is one of the backend's: `"/orders"`, `"orders/<id>"`. */
function namedIn(repository: Repository, { framework, home }: Backend): (segment: string) => boolean {
  const sources = repository.files.filter(
    (file) => file.endsWith(".py") && (home === "." || file.startsWith(`${home}/`)),
  );
  return (segment) => {
    if (framework === "fastapi" && OWN_PAGES.test(segment)) return true;
    const route = new RegExp(`["'/]${segment}(?![\\w-])`);
    return sources.some((file) => route.test(repository.text(file) ?? ""));
  };
}
