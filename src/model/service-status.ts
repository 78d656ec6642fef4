/** One Compose service as `devpm status --json` shows it. */
export interface ServiceStatus {
  service: string;
  container: string | null;
  state: ServiceState;
  exitCode: number | null;
  /** The running container differs from what the compose file now says. */
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

/** It can be used, as far as Docker tells. */
export const isUp = (state: ServiceState): boolean => state === "healthy" || state === "running";
