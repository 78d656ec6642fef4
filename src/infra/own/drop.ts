import type { Allotment } from "../../checkout/allotment.ts";
import type { DockerEngine } from "../../system/docker/types.ts";
import type { System } from "../../system/system.ts";
import { LABELS } from "../observation.ts";
import { emptyNumbered } from "./numbered.ts";
import { dropDatabase } from "./postgres.ts";

export interface Dropped {
  /** One line each. */
  dropped: string[];
  failures: string[];
}

/** Drops the databases of a checkout, and containers of its own with their volumes. A container that is gone took them with it; one that is stopped keeps them. */
export async function dropOwned(
  system: Pick<System, "docker" | "environment" | "files" | "compose">,
  { databases, compose }: Allotment,
): Promise<Dropped> {
  const { docker, environment, files } = system;
  const done: Dropped = { dropped: [], failures: [] };
  if (compose !== undefined) await removeProject(system, compose, done);
  if (databases.length === 0) return done;
  const connection = await docker.connect(environment, files);
  if (!connection.ok) {
    done.failures.push(
      ...databases.map(({ service, name }) => `database ${name} of ${service}: no Docker engine answers`),
    );
    return done;
  }
  for (const database of databases) await dropOne(connection.engine, database, done);
  connection.engine.close();
  return done;
}

/** By its name alone: the worktree, and with it the compose file, may be gone. */
async function removeProject(
  { compose, environment }: Pick<System, "compose" | "environment">,
  name: string,
  { dropped, failures }: Dropped,
): Promise<void> {
  const args = ["--project-name", name, "down", "--volumes", "--remove-orphans"];
  const ended = await compose.run(args, { cwd: environment.home, timeoutMs: COMPOSE_MS });
  if (ended?.exitCode === 0) dropped.push(`the containers and volumes of ${name} were removed`);
  else failures.push(`the containers of ${name}: ${ended?.stderr.trim().split("\n").at(-1) || "no Compose answers"}`);
}

const COMPOSE_MS = 60_000;

async function dropOne(
  engine: DockerEngine,
  { service, compose, name, numbered }: Allotment["databases"][number],
  { dropped, failures }: Dropped,
): Promise<void> {
  const what = `database ${name} of ${service}`;
  const found = await engine.containers([`${LABELS.project}=${compose}`, `${LABELS.service}=${service}`]);
  if (!found.ok) return void failures.push(`${what}: ${found.fault.detail}`);
  const [container] = found.value;
  if (!container) return void dropped.push(`${what} was gone with its container`);
  if (container.state !== "running") return void failures.push(`${what}: ${container.name} does not run`);
  const details = await engine.inspect(container.id);
  const env = details.ok ? details.value.env : {};
  const at = { engine, id: container.id, env };
  const reason = await (numbered ? emptyNumbered(at, name) : dropDatabase(at, name));
  if (reason === null) dropped.push(`${what} was dropped`);
  else failures.push(`${what}: ${reason}`);
}
