import path from "node:path";
import { variablesOf } from "../environment.ts";
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
