import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { AppStatus } from "../../model/status.ts";
import type { AskedApp } from "./asked-app.ts";
import { planRequest, type PlannedRequest, type TypedRequest } from "./typed-request.ts";

export interface RequestTarget extends PlannedRequest {
  /** The process that is asked. */
  pid: number | null;
}

/** A save that restarts an app is followed by the request that is to see it. */
const STARTING: ReadonlySet<AppStatus["state"]> = new Set<AppStatus["state"]>(["pending", "starting"]);

/** While it reloads a request waits in its socket. */
const ANSWERING: ReadonlySet<AppStatus["state"]> = new Set<AppStatus["state"]>([
  "ready",
  "reloading",
  "running",
  "crashed",
]);

/** The request to the app as it answers now, or all problems of it. */
export async function findTarget(asked: AskedApp, typed: TypedRequest): Promise<Outcome<RequestTarget>> {
  let app = await asked.status();
  if (app?.url && STARTING.has(app.state)) {
    await asked.settled();
    app = await asked.status();
  }
  if (!app || app.url === null || !ANSWERING.has(app.state)) return failed(notAnswering(typed.app, app));
  const planned = planRequest(app.url, typed);
  return planned.ok ? ok({ ...planned.value, pid: app.pid }) : planned;
}

function notAnswering(app: string, status: AppStatus | undefined): Diagnostic {
  const isServer = status?.url !== null || status?.port !== null;
  return {
    code: "DEVPM_APP_NOT_READY",
    severity: "error",
    summary: isServer
      ? `${app} is ${status?.state ?? "unknown"}, so it cannot be asked`
      : `${app} has no port, so it cannot be asked`,
    evidence: [],
    state: "Nothing was sent.",
    fixes: isServer
      ? [
          { label: "see what is wrong", command: "devpm errors" },
          { label: "or wait for it", command: `devpm wait ${app}` },
        ]
      : [{ label: "see which app has one", command: "devpm status" }],
  };
}
