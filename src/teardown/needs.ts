import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Files } from "../system/files.ts";
import type { Ports } from "../system/ports/types.ts";
import type { Processes } from "../system/processes/types.ts";

/** The part of the System that ending things takes: little enough for the sentinel to carry. */
export interface TeardownSystem {
  environment: Pick<Environment, "pid">;
  clock: Clock;
  files: Files;
  processes: Processes;
  ports: Ports;
}
