import type { ServiceStatus } from "../model/service-status.ts";

/** What has to be done so that a service runs. */
export type ServiceAction = "nothing" | "start" | "unpause" | "create";

/**
 * Pure. What runs is left alone, whatever its health: a restart is not ours to decide. A one-shot service that completed is
 * not run again, unless its definition has changed since.
 */
export function actionFor(status: ServiceStatus, oneShots: ReadonlySet<string>): ServiceAction {
  const { state, exitCode, service } = status;
  switch (state) {
    case "missing":
      return "create";
    case "paused":
      return "unpause";
    case "stopped":
      if (isOutdated(status, oneShots)) return "create";
      if (!oneShots.has(service)) return "start";
      return exitCode === 0 ? "nothing" : "start";
    case "healthy":
    case "running":
    case "starting":
    case "unhealthy":
    case "restarting":
      return "nothing";
  }
}

/**
 * Pure. Compose would start the old container again, where its definition has changed: that of a one-shot, and of a service that never
 * ran, as its port was taken: what is written instead is the way to start it.
 */
export const isOutdated = (
  { state, exitCode, service, drift }: ServiceStatus,
  oneShots: ReadonlySet<string>,
): boolean => drift && state === "stopped" && (oneShots.has(service) || exitCode === null);
