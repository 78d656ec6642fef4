import path from "node:path";
import { isEnvironmentFile, isForElsewhere, variablesOf } from "../repository/env-files.ts";
import { foldersAbove } from "../python/code/files.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { Package } from "./packages.ts";

const SERVERS = ["express", "fastify", "koa", "hono", "@nestjs/core", "@hapi/hapi", "@hono/node-server", "json-server"];
const ENTRY = /^(main|index|server|app|config)\.([cm]?[jt]s)$/;

/** `process.env.PORT || 5000`, `Number(process.env.PORT) ?? 5000`, `.listen(5000`. */
const WRITTEN = /\bPORT\b[^\n;]{0,30}?(?:\|\||\?\?|:)\s*["'`]?(\d{4,5})\b|\.listen\(\s*(\d{4,5})\b/g;

/** The ports of packages that are servers themselves, as far as their text names them: a front end's proxy may mean one of these. */
export function nodeServerPorts(
  repository: Repository,
  packages: readonly Package[],
  isFront: (one: Package) => boolean,
): Set<number> {
  const servers = packages.filter((one) => SERVERS.some((name) => one.dependencies.has(name)) && !isFront(one));
  return new Set(
    servers.flatMap(({ folder }) => [...portsIn(repository, folder), Number(variablesOf(repository, folder).PORT)]),
  );
}

const portsIn = (repository: Repository, folder: string): number[] =>
  [folder, path.posix.join(folder, "src")].flatMap((at) =>
    repository
      .names(at)
      .filter((name) => ENTRY.test(name))
      .flatMap((name) => [...(repository.text(path.posix.join(at, name)) ?? "").matchAll(WRITTEN)])
      .map(([, fallback, literal]) => Number(fallback ?? literal)),
  );

/** Not what it asks itself: the API, a store. */
const FALLBACK =
  /process\.env\.((?!API|BACK|DB|DATABASE|PG|POSTGRES|MYSQL|MONGO|REDIS)\w*PORT)\s*(?:\|\||\?\?)\s*["'`]?(\d{4,5})\b/g;

/** The port that a server of the project's own listens on, of `node server.js`: written in it, or in a file of variables. */
export function serverPort(repository: Repository, folder: string, words: readonly string[]): number | null {
  const named = words.slice(1).find((word) => !word.startsWith("-") && !/^(watch|run)$/.test(word));
  const at = path.posix.join(folder, named ?? "");
  const file = [at, `${at}.js`, `${at}.mjs`, `${at}.ts`, `${at}/index.js`, `${at}/index.ts`].find(
    (one) => repository.text(one) !== null,
  );
  const text = named === undefined || file === undefined ? "" : (repository.text(file) ?? "");
  const fallbacks = [...text.matchAll(FALLBACK)].toSorted(
    ([, a], [, b]) => Number(b === "PORT") - Number(a === "PORT"),
  );
  const fallback = fallbacks[0]?.[2];
  const variable = /\.listen\(\s*process\.env\.(\w*PORT)\b/.exec(text)?.[1];
  const port = Number(fallback ?? /\.listen\(\s*(\d{4,5})\b/.exec(text)?.[1] ?? setIn(repository, folder, variable));
  return port > 0 ? port : null;
}

/** What a file of variables gives a name: beside the server or above, else wherever it is; `PORT` there is that of another app. */
function setIn(repository: Repository, own: string, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const elsewhere = repository.files
    .filter((file) => isEnvironmentFile(path.posix.basename(file)) && !isForElsewhere(file))
    .map((file) => path.posix.dirname(file));
  const folders = new Set([...foldersAbove(path.posix.join(own, ".env")), ...(name === "PORT" ? [] : elsewhere)]);
  return [...folders].map((folder) => variablesOf(repository, folder)[name]).find((value) => value !== undefined);
}
