import type { Allocation } from "../../checkout/allocation.ts";
import type { DockerEngine } from "../../system/docker/types.ts";
import type { System } from "../../system/system.ts";
import type { InfraContext } from "../context.ts";

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

/** The checkout as a server calls it now, and as it did before the checkout was moved. */
export const ownerIn = (context: InfraContext, own: Allocation | null): { root: string; formerly: string[] } => ({
  root: ownerName(context, context.project.root),
  formerly: (own?.formerly ?? []).map((root) => ownerName(context, root)),
});
