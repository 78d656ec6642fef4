import type { Clock } from "../system/clock.ts";
import type { Environment } from "../system/environment.ts";
import type { Files } from "../system/files/files.ts";
import type { Ports } from "../system/ports/types.ts";
import type { Processes } from "../system/processes/types.ts";

/** The part of the System that a teardown needs: small enough for the sentinel to load. */
export interface TeardownSystem {
  environment: Pick<Environment, "pid">;
  clock: Clock;
  files: Files;
  processes: Processes;
  ports: Ports;
}
