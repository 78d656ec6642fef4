import type { DockerEngine } from "../../system/docker/types.ts";

/** The container of a server that checkouts share. */
export interface ServerContainer {
  engine: Pick<DockerEngine, "exec">;
  id: string;
  /** The container's own environment: names and passwords of its users. */
  env: Readonly<Record<string, string>>;
}
