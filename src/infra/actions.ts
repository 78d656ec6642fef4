import type { ServiceStatus } from "../model/service-status.ts";

/** What has to be done so that a service runs. */
export type ServiceAction = "nothing" | "start" | "unpause" | "create";

/**
 * Pure. What runs is left alone, whatever its health: a restart is not ours to decide. A one-shot service that completed is
 * not run again, unless its definition has changed since. `refused`: why the engine did not start it, where it did not.
 */
export function actionFor(status: ServiceStatus, oneShots: ReadonlySet<string>, refused: string): ServiceAction {
  const { state, exitCode, service } = status;
  switch (state) {
    case "missing":
      return "create";
    case "paused":
      return "unpause";
    case "stopped":
      if (isOutdated(status, oneShots, refused)) return "create";
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
 * Pure. Whether a stopped container has to be made anew because its definition has changed. It has to for a one-shot, and for one
 * that the engine refused to start, as its port was taken: the change is what lets it start. One that nothing has tried to start
 * may be another command's, which is about to start it.
 */
export const isOutdated = (
  { state, exitCode, service, drift }: ServiceStatus,
  oneShots: ReadonlySet<string>,
  refused: string,
): boolean => drift && state === "stopped" && (oneShots.has(service) || (exitCode === null && refused !== ""));
