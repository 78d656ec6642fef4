import path from "node:path";
import { imageOf } from "../compose/image.ts";
import type { Service } from "../compose/model.ts";
import type { Context } from "../context.ts";
import type { Backend } from "../python/backend.ts";
import type { Repository } from "../repository/snapshot.ts";

/** What it takes to tell whose a container is. */
export type Stack = Pick<Context, "repository" | "composed">;

/** A backend's own containers; pages of documents and notebooks made of the same image come last. */
export const containersOf = ({ repository, composed }: Stack, { cwd, home }: Backend): Service[] =>
  (composed?.apps ?? [])
    .filter((service) => isServiceOf(service, cwd, home) && mayServe(service) && !isOfNode(repository, service))
    .toSorted((a, b) => Number(BESIDE.test(a.name)) - Number(BESIDE.test(b.name)));

const BESIDE = /docs|sphinx|jupyter|notebook|storybook/i;

/** Where one folder holds everything, its images tell the front end's container from the backend's. */
function isOfNode(repository: Repository, service: Service): boolean {
  const base = service.build === null ? service.image : imageOf(repository, service)?.base;
  return /(^|\/)(node|bun|deno)(:|@|$)/.test(base ?? "");
}

/** What runs jobs of a queue, or shows them, and what migrates. */
const BEHIND = /(?<![a-z])(celery|rq|arq|dramatiq|taskiq|alembic|migrate|flower)(?![a-z])/;
const SERVERS = /\b(uvicorn|gunicorn|hypercorn|granian|fastapi|flask|runserver)\b/;

/** Whether a container made of an app's image may be the app: it is none where it works behind it or migrates. */
export const mayServe = ({ command, name }: Service): boolean =>
  !BEHIND.test(`${command} ${name}`) || SERVERS.test(command);

/** Whether a container is an app of a folder: built of it, or with it mounted. */
export function isServiceOf({ build, mounts }: Service, cwd: string, home: string): boolean {
  const folders = [
    build?.context,
    build?.dockerfile == null ? undefined : path.posix.dirname(build.dockerfile),
    ...mounts,
  ].filter((folder) => folder !== undefined);
  const own = [cwd, home].filter((folder) => folder !== ".");
  if (own.length === 0) return folders.includes(".");
  return folders.some((folder) => own.some((one) => folder === one || folder.startsWith(`${one}/`)));
}

/** What the containers of a backend are given. */
export function givenVariables(
  { composed }: Pick<Context, "composed">,
  { cwd, home }: Backend,
): Record<string, string> {
  const containers = (composed?.apps ?? []).filter((one) => isServiceOf(one, cwd, home) && mayServe(one));
  const entries = containers.flatMap(({ environment }) => Object.entries(environment));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}
