import {
  emptyAllocation,
  readAllocation,
  writeAllocation,
  type Allocation,
  type OwnDatabase,
} from "../../checkout/allocation.ts";
import { instanceOf } from "../../model/instance.ts";
import type { OwnedDatabase } from "../../model/shared-store.ts";
import type { InfraContext } from "../context.ts";
import { isEmptyNumbered } from "./numbered.ts";
import { makeDatabase, type Made } from "./postgres.ts";
import { serverContainerOf, type ServerContainer } from "./server-container.ts";
import { ownerIn } from "./server-names.ts";
import { kindOf, type Numbers } from "./stores.ts";

/** How a database was made, for its line; null: there is nothing to say. */
const HOW: Record<Made, (from: string) => string | null> = {
  there: () => null,
  template: (from) => `copied from ${from}`,
  copy: (from) => `copied from ${from}, which is in use`,
  empty: () => "empty",
};

const isSame = (one: OwnDatabase, other: OwnDatabase): boolean =>
  one.name === other.name && one.service === other.service;

/** The entry of a database that is known to have been made for this checkout. */
const had = (own: Allocation | null, entry: OwnDatabase): OwnDatabase | null =>
  own?.databases.find((one) => isSame(one, entry) && !one.unsure) ?? null;

/**
 * Makes databases of a checkout's own, each once, and returns the lines that say so. Throws with a sentence where that failed;
 * the next call tries again.
 */
export function databaseMaker(
  context: InfraContext,
  own: Allocation | null,
  numbers: Numbers,
): (database: OwnedDatabase) => Promise<string[]> {
  const { definition } = context;
  const update = allocationWriter(context);
  const making = new Map<string, Promise<string[]>>();
  const noted = (entry: OwnDatabase): Promise<void> =>
    update((allocation) => ({
      ...allocation,
      redis: numbers.given(),
      databases: [...allocation.databases.filter((one) => !isSame(one, entry)), entry],
    }));

  /** One that holds data already is used, because there is no other; `down --forget` must not empty it. */
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
    const container = serverContainerOf(context, service);
    if (!container) throw new Error(`${service} does not run, so its database ${to} could not be made`);
    if (kindOf(context, service) === "redis") return numbered(container, service, to);
    const entry: OwnDatabase = { service, compose: definition.name, name: to };
    const before = had(own, entry);
    // noted before it is made: if devpm is killed meanwhile, this entry leads to what is left
    if (before === null) await noted({ ...entry, unsure: true });
    const request = { from, to, hadIn: before?.server ?? null, ...ownerIn(context, own) };
    const made = await makeDatabase(container, request);
    if (!made.ok) throw new Error(`its database ${to} could not be made in ${service}: ${made.reason}`);
    await noted(made.server === null ? entry : { ...entry, server: made.server });
    const how = HOW[made.made](from);
    return how === null ? [] : [`${service}: database ${to} was made for this worktree, ${how}`];
  }

  return (database) => {
    const key = `${database.service}/${database.to}`;
    const work = making.get(key) ?? make(database);
    making.set(key, work);
    work.catch(() => making.delete(key));
    return work;
  };
}

/** Writes changes to the allocation one after another: several apps start at once, and all of it is one file. */
function allocationWriter({
  system,
  project: { root },
}: InfraContext): (change: (now: Allocation) => Allocation) => Promise<void> {
  const instance = instanceOf(root, system.environment);
  let last: Promise<void> = Promise.resolve();
  return (change) => {
    const written = last.then(async () => {
      const now = (await readAllocation(system, instance)) ?? emptyAllocation(root);
      await writeAllocation(system, instance, change(now));
    });
    // one that failed, as on a full disk, does not keep the next from being tried
    last = written.catch(() => {});
    return written;
  };
}
