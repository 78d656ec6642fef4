import path from "node:path";
import { healthPath, readDockerfile } from "../commands/sources/dockerfile.ts";
import type { Composed } from "../compose/choose.ts";
import type { Service } from "../compose/model.ts";
import type { Backend } from "../python/backend.ts";
import type { Repository } from "../repository/snapshot.ts";

/** A backend's own containers; pages of documents and notebooks made of the same image come last. */
export const containersOf = (repository: Repository, { cwd, home }: Backend, composed: Composed | null): Service[] =>
  (composed?.apps ?? [])
    .filter((service) => isServiceOf(service, cwd, home) && !isWorker(service) && !isOfNode(repository, service))
    .toSorted((a, b) => Number(BESIDE.test(a.name)) - Number(BESIDE.test(b.name)));

const BESIDE = /docs|sphinx|jupyter|notebook|storybook/i;

/** Where one folder holds everything, its images tell the front end's container from the backend's. */
function isOfNode(repository: Repository, { build, image }: Service): boolean {
  const file = build === null ? null : (build.dockerfile ?? path.posix.join(build.context, "Dockerfile"));
  const base = file === null ? image : readDockerfile(file, repository.text(file) ?? "").base;
  return /(^|\/)(node|bun|deno)(:|@|$)/.test(base ?? "");
}

/** Made of an app's image and no server itself: a worker, or what migrates. */
export const isWorker = ({ command, name }: Service): boolean =>
  /(?<![a-z])(celery|rq|arq|dramatiq|taskiq|alembic|migrate|flower)(?![a-z])/.test(`${command} ${name}`) &&
  !/\b(uvicorn|gunicorn|hypercorn|granian|fastapi|flask|runserver)\b/.test(command);

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

/** The path that a container's own health check asks. */
export function composeHealthPath(repository: Repository, backend: Backend, composed: Composed | null): string | null {
  const [service] = containersOf(repository, backend, composed);
  return service ? healthPath(service.healthCheck) : null;
}
