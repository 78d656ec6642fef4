import type { DockerEngine } from "../../system/docker/types.ts";
import type { InfraContext } from "../context.ts";

/** The container of a server that checkouts share. */
export interface ServerContainer {
  engine: Pick<DockerEngine, "exec">;
  id: string;
  /** The container's own environment: names and passwords of its users. */
  env: Readonly<Record<string, string>>;
}

/** null: the service has no container. */
export function serverContainerOf({ engine, containers }: InfraContext, service: string): ServerContainer | null {
  const seen = containers.snapshot()?.get(service);
  return seen ? { engine, id: seen.container.id, env: seen.details?.env ?? {} } : null;
}
