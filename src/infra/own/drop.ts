import type { Allocation, OwnDatabase } from "../../checkout/allocation.ts";
import { numberOwner } from "../../checkout/claims.ts";
import { instanceOf } from "../../model/instance.ts";
import type { DockerEngine } from "../../system/docker/types.ts";
import type { System } from "../../system/system.ts";
import { LABELS } from "../observation.ts";
import { ownerName, serverName } from "./server-names.ts";
import { emptyNumbered, releaseAtServer } from "./numbered.ts";
import { overrideFile } from "./own-project.ts";
import { dropOwn } from "./postgres.ts";
import type { ServerContainer } from "./server-container.ts";

export interface Dropped {
  /** One line each. */
  dropped: string[];
  failures: string[];
}

type Deps = Pick<System, "docker" | "environment" | "files" | "compose">;

/**
 * Drops the databases of a checkout, and containers of its own with their volumes. A container that is gone took them with it;
 * one that is stopped keeps them.
 */
export async function dropOwned(system: Deps, allocation: Allocation): Promise<Dropped> {
  const { databases, compose } = allocation;
  const done: Dropped = { dropped: [], failures: [] };
  if (databases.length === 0 && compose === undefined) return done;
  const connection = await system.docker.connect(system.environment, system.files);
  if (!connection.ok) {
    const all = databases.map(({ service, name }) => `database ${name} of ${service}`);
    if (compose !== undefined) all.push(`the containers of ${compose}`);
    done.failures.push(...all.map((what) => `${what}: no Docker engine answers`));
    return done;
  }
  const { engine } = connection;
  if (compose !== undefined) await removeProject(system, engine, { root: allocation.root, compose }, done);
  const [root = "", ...formerly] = [allocation.root, ...(allocation.formerly ?? [])].map((one) =>
    ownerName({ engine, system }, one),
  );
  for (const database of databases)
    if (!(await isOfOther(system, engine, allocation.root, database)))
      await dropOne(engine, database, { root, formerly }, done);
  engine.close();
  return done;
}

/** A number that another checkout took in the meantime is not emptied under it. */
async function isOfOther(
  system: Deps,
  engine: DockerEngine,
  root: string,
  { service, compose, name, numbered }: OwnDatabase,
): Promise<boolean> {
  if (!numbered) return false;
  const server = serverName({ engine, definition: { name: compose } }, service);
  const owner = await numberOwner(system, server, Number(name));
  return owner !== null && owner !== root;
}

/** By its name alone: the worktree, and with it the compose file, may be gone. Another project may have that name too. */
async function removeProject(
  system: Deps,
  engine: DockerEngine,
  { root, compose: name }: { root: string; compose: string },
  { dropped, failures }: Dropped,
): Promise<void> {
  const { compose, environment } = system;
  const what = `the containers of ${name}`;
  const found = await engine.containers([`${LABELS.project}=${name}`]);
  if (!found.ok) return void failures.push(`${what}: ${found.fault.detail}`);
  const file = overrideFile(instanceOf(root, environment));
  const isOther = found.value.some(({ labels }) => !(labels[LABELS.files] ?? "").split(",").includes(file));
  if (isOther) return void dropped.push(`${what} were not made for this worktree, and are left`);
  const args = ["--project-name", name, "down", "--volumes", "--remove-orphans"];
  const ended = await compose.run(args, { cwd: environment.home, timeoutMs: COMPOSE_MS });
  if (ended?.exitCode === 0) dropped.push(`${what} and their volumes were removed`);
  else failures.push(`${what}: ${ended?.stderr.trim().split("\n").at(-1) || "no Compose answers"}`);
}

const COMPOSE_MS = 60_000;

interface Owner {
  root: string;
  formerly: string[];
}

async function dropOne(
  engine: DockerEngine,
  database: OwnDatabase,
  owner: Owner,
  { dropped, failures }: Dropped,
): Promise<void> {
  const { service, compose, name, numbered, unsure } = database;
  const what = `database ${name} of ${service}`;
  const found = await engine.containers([`${LABELS.project}=${compose}`, `${LABELS.service}=${service}`]);
  if (!found.ok) return void failures.push(`${what}: ${found.fault.detail}`);
  const [container] = found.value;
  if (!container) return void (unsure ? null : dropped.push(`${what} was gone with its container`));
  if (container.state !== "running") return void failures.push(`${what}: ${container.name} does not run`);
  const details = await engine.inspect(container.id);
  const at = { engine, id: container.id, env: details.ok ? details.value.env : {} };
  const { reason, isOther } = await (numbered ? giveBack(at, database, owner) : dropFrom(at, database, owner));
  if (reason !== null) failures.push(`${what}: ${reason}`);
  else if (!isOther) dropped.push(`${what} was dropped`);
  else if (!unsure) dropped.push(`${what} is not this worktree's any more, and is left`);
}

const dropFrom = (at: ServerContainer, { name, server, unsure }: OwnDatabase, owner: Owner) =>
  dropOwn(at, { to: name, hadIn: unsure ? null : (server ?? null), ...owner });

async function giveBack(
  at: ServerContainer,
  { name, unsure }: OwnDatabase,
  { root }: Owner,
): Promise<{ reason: string | null; isOther: boolean }> {
  const reason = unsure ? null : await emptyNumbered(at, name);
  if (reason === null) await releaseAtServer(at, { number: name, owner: root });
  return { reason, isOther: unsure === true };
}
