/** One Compose service as `devpm status --json` shows it. */
export interface ServiceStatus {
  service: string;
  container: string | null;
  state: ServiceState;
  exitCode: number | null;
  /** The running container differs from the current compose file. */
  drift: boolean;
  reason: string | null;
  ports: { container: number; host: number }[];
}

export type ServiceState =
  | "healthy"
  | "running"
  | "starting"
  | "unhealthy"
  | "restarting"
  | "paused"
  | "stopped"
  | "missing";

/** It is usable, as far as Docker reports. */
export const isUp = (state: ServiceState): boolean => state === "healthy" || state === "running";

/** It was to run once, and ended with 0. */
export const hasEnded = ({ state, exitCode, reason }: ServiceStatus): boolean =>
  state === "stopped" && exitCode === 0 && reason === null;

/** It is not as it should be. A one-shot that has ended with 0, and a service that was never made, have no reason. */
export const isBroken = ({ state, reason }: ServiceStatus): boolean =>
  state === "unhealthy" ||
  state === "restarting" ||
  (reason !== null && (state === "stopped" || state === "paused" || state === "missing"));

/** Its container takes memory and ports, whether it is usable or not. */
export const isThere = (state: ServiceState): boolean => state !== "stopped" && state !== "missing";
