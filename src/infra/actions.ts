import type { ServiceStatus } from "../model/service-status.ts";

/** What has to be done so that a service runs. */
export type Action = "nothing" | "start" | "unpause" | "create";

/** Pure. What runs is left alone, whatever its health: a restart is not ours to decide. */
export function actionFor({ state, exitCode, service }: ServiceStatus, oneShots: ReadonlySet<string>): Action {
  switch (state) {
    case "missing":
      return "create";
    case "paused":
      return "unpause";
    case "stopped":
      return oneShots.has(service) && exitCode === 0 ? "nothing" : "start";
    case "healthy":
    case "running":
    case "starting":
    case "unhealthy":
    case "restarting":
      return "nothing";
  }
}
