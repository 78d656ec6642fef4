import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import { urlOf } from "../../model/project.ts";
import type { AppStatus } from "../../model/status.ts";
import { isStarting, type AskedApp } from "./asked-app.ts";
import { planRequest, type PlannedRequest, type TypedRequest } from "./typed-request.ts";
import { notAsked } from "./unanswered.ts";

export interface RequestTarget extends PlannedRequest {
  /** The process that is asked. */
  pid: number | null;
}

/** While it reloads a request waits in its socket; a warm app that crashed answers with its traceback. */
const ANSWERING: ReadonlySet<AppStatus["state"]> = new Set<AppStatus["state"]>([
  "ready",
  "reloading",
  "running",
  "crashed",
]);

/** The request to the app as it answers now, or all problems of it. */
export async function findTarget(asked: AskedApp, typed: TypedRequest): Promise<Outcome<RequestTarget>> {
  const { app, problem } = await asked.started();
  const base = app ? (app.url ?? urlOf(app)) : null;
  if (!app || base === null || !ANSWERING.has(app.state) || isStarting(app))
    return failed(notAsked(typed.app, app, problem));
  const planned = planRequest(base, typed);
  return planned.ok ? ok({ ...planned.value, pid: app.pid }) : planned;
}
