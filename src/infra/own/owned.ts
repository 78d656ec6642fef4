import {
  emptyAllocation,
  readAllocation,
  writeAllocation,
  type Allocation,
  type OwnDatabase,
} from "../../checkout/allocation.ts";
import { claimNumber, releaseNumber } from "../../checkout/claims.ts";
import { instanceOf } from "../../model/instance.ts";
import type { Isolation, References } from "../../model/project.ts";
import type { OwnedDatabase } from "../../model/shared-store.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { DockerEngine } from "../../system/docker/types.ts";
import type { System } from "../../system/system.ts";
import type { InfraContext } from "../context.ts";
import { claimAtServer, isEmptyNumbered } from "./numbered.ts";
import { makeDatabase, type Made } from "./postgres.ts";
import type { ServerContainer } from "./server-container.ts";
import { addressesIn, kindOf, redisNumbers, sharedStores, type Numbers } from "./stores.ts";

/** What a checkout has of its own in containers that it shares. */
export interface CheckoutData {
  references(): Pick<References, "stores" | "sharedServers">;
  /** Makes what is missing, and returns a line for each that was made. Throws with a sentence where that failed. */
  make(databases: readonly OwnedDatabase[]): Promise<string[]>;
  /** What every checkout writes to: one line, or none. */
  sharedLine(): string | null;
}

const HOW: Record<Made, (from: string) => string | null> = {
  there: () => null,
  template: (from) => `copied from ${from}`,
  copy: (from) => `copied from ${from}, which is in use`,
  empty: () => "empty",
};

const isSame = (one: OwnDatabase, other: OwnDatabase): boolean =>
  one.name === other.name && one.service === other.service;

/** It was made for this checkout, and known to be its own. */
const had = (own: Allocation | null, entry: OwnDatabase): OwnDatabase | null =>
  own?.databases.find((one) => isSame(one, entry) && !one.unsure) ?? null;

/** What distinguishes a server from every other: two projects may call theirs the same. */
export const serverName = (
  {
    engine: { endpoint },
    definition: { name },
  }: { engine: Pick<DockerEngine, "endpoint">; definition: { name: string } },
  service: string,
): string => [endpoint.remote ? endpoint.host : "", name, service].join("/");

/** What a server calls a checkout. On an engine that other machines use as well a path is not enough. */
export const ownerName = (
  { engine, system }: { engine: Pick<DockerEngine, "endpoint">; system: Pick<System, "environment"> },
  root: string,
): string => (engine.endpoint.remote ? `${system.environment.machine ?? "this machine"}:${root}` : root);

/** null: the project has the data of its configuration, or containers of its own. */
export async function openOwned(context: InfraContext): Promise<CheckoutData | null> {
  const { system, project, definition } = context;
  const { isolation } = project;
  if (!isolation || isolation.containers) return null;
  const own = await readAllocation(system, instanceOf(project.root, system.environment));
  const update = allocationWriter(context);
  const numbers = numbersOf(context, own);
  const making = new Map<string, Promise<string[]>>();
  const noted = (entry: OwnDatabase): Promise<void> =>
    update((allocation) => ({
      ...allocation,
      redis: numbers.given(),
      databases: [...allocation.databases.filter((one) => !isSame(one, entry)), entry],
    }));

  /** One that held data before is used, as there is no other, but it is not this checkout's to empty. */
  async function numbered(container: ServerContainer, service: string, name: string): Promise<string[]> {
    const entry: OwnDatabase = { service, compose: definition.name, name, numbered: true };
    if (had(own, entry) !== null || (await isEmptyNumbered(container, name))) {
      await noted(entry);
      return [];
    }
    await noted({ ...entry, unsure: true });
    return [`${service}: database ${name} may hold data of others, so \`devpm down --forget\` does not empty it`];
  }

  async function make({ service, from, to }: OwnedDatabase): Promise<string[]> {
    const container = containerOf(context, service);
    if (!container) throw new Error(`${service} does not run, so its database ${to} could not be made`);
    if (kindOf(context, service) === "redis") return numbered(container, service, to);
    const entry: OwnDatabase = { service, compose: definition.name, name: to };
    const before = had(own, entry);
    // what is left of one whose maker is killed is found by this
    if (before === null) await noted({ ...entry, unsure: true });
    const request = { from, to, hadIn: before?.server ?? null, ...ownerIn(context, own) };
    const made = await makeDatabase(container, request);
    if (!made.ok) throw new Error(`its database ${to} could not be made in ${service}: ${made.reason}`);
    await noted(made.server === null ? entry : { ...entry, server: made.server });
    const how = HOW[made.made](from);
    return how === null ? [] : [`${service}: database ${to} was made for this worktree, ${how}`];
  }

  return {
    references: () => ({
      stores: sharedStores(context, isolation, numbers),
      sharedServers: sharedServices(context).flatMap((service) => addressesIn(context, service)),
    }),
    async make(databases) {
      const lines = databases.map((one) => {
        const key = `${one.service}/${one.to}`;
        const work = making.get(key) ?? make(one);
        making.set(key, work);
        work.catch(() => making.delete(key));
        return work;
      });
      return (await Promise.all(lines)).flat();
    },
    sharedLine: () => sharedLine(context, isolation),
  };
}

function containerOf({ engine, containers }: InfraContext, service: string): ServerContainer | null {
  const seen = containers.snapshot()?.get(service);
  return seen ? { engine, id: seen.container.id, env: seen.details?.env ?? {} } : null;
}

const ownerIn = (context: InfraContext, own: Allocation | null): { root: string; formerly: string[] } => ({
  root: ownerName(context, context.project.root),
  formerly: (own?.formerly ?? []).map((root) => ownerName(context, root)),
});

/** Taken on this machine first, then at the server, which other machines and users may share. */
function numbersOf(context: InfraContext, own: Allocation | null): Numbers {
  const { system, project } = context;
  const place = own ?? { root: project.root };
  const { root: owner, formerly } = ownerIn(context, own);
  return redisNumbers(own?.redis ?? {}, async (service, number) => {
    const server = serverName(context, service);
    if (!(await claimNumber(system, server, number, place))) return false;
    const container = containerOf(context, service);
    if (container === null || (await claimAtServer(container, { number, owner, formerly }))) return true;
    await releaseNumber(system, server, number);
    return false;
  });
}

/** In which a checkout can have no part of its own. */
const sharedServices = (context: InfraContext): string[] =>
  context.services.filter((service) => kindOf(context, service) === null);

/** Changes to what a checkout was given, one after another: one file, and several apps that start at once. */
function allocationWriter({
  system,
  project: { root },
}: InfraContext): (change: (now: Allocation) => Allocation) => Promise<void> {
  const instance = instanceOf(root, system.environment);
  let writing: Promise<void> = Promise.resolve();
  return (change) =>
    (writing = writing.then(async () => {
      const now = (await readAllocation(system, instance)) ?? emptyAllocation(root);
      await writeAllocation(system, instance, change(now));
    }));
}

function sharedLine(context: InfraContext, { main }: Isolation): string | null {
  const shared = sharedServices(context);
  if (shared.length === 0) return null;
  const are = shared.length === 1 ? "is" : "are";
  return `${joinWithAnd(shared)} ${are} shared with ${main ?? "other checkouts"}, data included; isolate: "containers" separates them`;
}
