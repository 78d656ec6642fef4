import type { ContainerDetails, ContainerSummary } from "../system/docker/types.ts";

/** What the engine reports about one service: nothing where no container of it exists. */
export interface Observation {
  container: ContainerSummary;
  /** null where the container went away between two calls. */
  details: ContainerDetails | null;
}

export const LABELS = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  oneOff: "com.docker.compose.oneoff",
  hash: "com.docker.compose.config-hash",
  folder: "com.docker.compose.project.working_dir",
  files: "com.docker.compose.project.config_files",
  version: "com.docker.compose.version",
} as const;
