import type { ServiceStatus } from "../model/service-status.ts";

/** What has to be done so that a service runs. */
export type ServiceAction = "nothing" | "start" | "unpause" | "create";

/**
 * Pure. What runs is left alone, whatever its health: a restart is not ours to decide. A one-shot service that completed is
 * not run again, unless its definition has changed since.
 */
export function actionFor(
  { state, exitCode, service, drift }: ServiceStatus,
  oneShots: ReadonlySet<string>,
): ServiceAction {
  switch (state) {
    case "missing":
      return "create";
    case "paused":
      return "unpause";
    case "stopped":
      if (!oneShots.has(service)) return "start";
      if (drift) return "create";
      return exitCode === 0 ? "nothing" : "start";
    case "healthy":
    case "running":
    case "starting":
    case "unhealthy":
    case "restarting":
      return "nothing";
  }
}
