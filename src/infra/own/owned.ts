import { readAllocation, type Allocation } from "../../checkout/allocation.ts";
import { claimNumber, releaseNumber } from "../../checkout/claims.ts";
import { instanceOf } from "../../model/instance.ts";
import type { Isolation, References } from "../../model/project.ts";
import type { OwnedDatabase } from "../../model/shared-store.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { InfraContext } from "../context.ts";
import { databaseMaker } from "./database-maker.ts";
import { claimAtServer } from "./numbered.ts";
import { serverContainerOf } from "./server-container.ts";
import { ownerIn, serverName } from "./server-names.ts";
import { addressesIn, kindOf, redisNumbers, sharedStores, type Numbers } from "./stores.ts";

/** What a checkout has of its own in containers that it shares. */
export interface CheckoutData {
  references(): Pick<References, "stores" | "sharedServers">;
  /** Makes what is missing, and returns a line for each that was made. Throws with a sentence where that failed. */
  make(databases: readonly OwnedDatabase[]): Promise<string[]>;
  /** What every checkout writes to: one line, or none. */
  sharedLine(): string | null;
}

/** null: the project uses the data of its configuration, or has containers of its own. */
export async function openOwned(context: InfraContext): Promise<CheckoutData | null> {
  const { system, project } = context;
  const { isolation } = project;
  if (!isolation || isolation.containers) return null;
  const own = await readAllocation(system, instanceOf(project.root, system.environment));
  const numbers = numbersOf(context, own);
  const make = databaseMaker(context, own, numbers);
  return {
    references: () => ({
      stores: sharedStores(context, isolation, numbers),
      sharedServers: sharedServices(context).flatMap((service) => addressesIn(context, service)),
    }),
    make: async (databases) => (await Promise.all(databases.map(make))).flat(),
    sharedLine: () => sharedLine(context, isolation),
  };
}

/** Taken on this machine first, then at the server, which other machines and users may share. */
function numbersOf(context: InfraContext, own: Allocation | null): Numbers {
  const { system, project } = context;
  const place = own ?? { root: project.root };
  const { root: owner, formerly } = ownerIn(context, own);
  return redisNumbers(own?.redis ?? {}, async (service, number) => {
    const server = serverName(context, service);
    if (!(await claimNumber(system, server, number, place))) return false;
    const container = serverContainerOf(context, service);
    if (container === null || (await claimAtServer(container, { number, owner, formerly }))) return true;
    await releaseNumber(system, server, number);
    return false;
  });
}

/** Those in which a checkout cannot have a part of its own. */
const sharedServices = (context: InfraContext): string[] =>
  context.services.filter((service) => kindOf(context, service) === null);

function sharedLine(context: InfraContext, { main }: Isolation): string | null {
  const shared = sharedServices(context);
  if (shared.length === 0) return null;
  const are = shared.length === 1 ? "is" : "are";
  return `${joinWithAnd(shared)} ${are} shared with ${main ?? "other checkouts"}, data included; isolate: "containers" separates them`;
}
