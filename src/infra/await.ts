import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { serviceFailed, unhealthy } from "./diagnose-service.ts";
import { rememberCompleted } from "./completed.ts";
import { probeFor } from "./probes.ts";
import { tellingLines } from "./reasons.ts";
import { abortsWith } from "../util/abort.ts";
import { hasEnded, type ServiceStatus } from "../model/service-status.ts";
import { type InfraContext, bodyOf, serviceContext, runOnce, serviceStatusOf } from "./context.ts";

/** Whether the start of the service is still in progress: until it is done, a stopped service is no failure. */
export interface Starting {
  done: boolean;
  failure: Diagnostic[] | null;
}

/** An unhealthy service has this long to recover: a slow machine fails a few checks before the first success. */
const GRACE_MS = { unhealthy: 30_000, restarting: 15_000 };
/** Between two probes of a service without a health check. */
const PROBE_MS = 200;
/** Events report every change; an occasional check costs little and covers a lost event. */
const LOOK_MS = 2_000;
const ANSWER_MS = 2_000;

/** Waits until a service is usable: healthy, or answering its own protocol, or (run once) completed. */
export async function awaitUsable(context: InfraContext, service: string, starting: Starting): Promise<Outcome<void>> {
  const { containers, signal, system, request } = context;
  const { clock } = system;
  let deadline = clock.monotonic() + request.timeoutMs;
  let refused = "it did not answer";
  containers.follow();
  while (!signal.aborted) {
    if (starting.failure) return failed(...starting.failure);
    const status = serviceStatusOf(context, service);
    const judged = containers.snapshot() ? await judge(context, status, starting) : "wait";
    if (judged === "usable") return ok(reportRecovered(context, status));
    if (typeof judged === "object") refused = judged.refused;
    if (inTrouble(context, status) && reportFailed(context, status)) {
      deadline = Math.min(deadline, clock.monotonic() + GRACE_MS[status.state]);
    }
    if (judged === "failed" || clock.monotonic() >= deadline) {
      reportFailed(context, status);
      return failed(await explain(context, status, refused));
    }
    await nextLook(context, typeof judged === "object" ? PROBE_MS : Math.min(LOOK_MS, deadline - clock.monotonic()));
  }
  return failed();
}

/** One restart is not a loop yet: some services end once while what they need is not there. */
const LOOP = 3;

function inTrouble(
  { containers }: InfraContext,
  status: ServiceStatus,
): status is ServiceStatus & { state: keyof typeof GRACE_MS } {
  if (status.state !== "restarting") return status.state === "unhealthy";
  return (containers.snapshot()?.get(status.service)?.details?.restartCount ?? 0) >= LOOP;
}

/** However long it takes: for an app that waits for a service the user fixes. */
export async function awaitRecovery(context: InfraContext, service: string): Promise<void> {
  context.containers.follow();
  while (!context.signal.aborted) {
    const status = serviceStatusOf(context, service);
    if (hasEnded(status) || (await judge(context, status, { done: false, failure: null })) === "usable")
      return reportRecovered(context, status);
    await nextLook(context, LOOK_MS);
  }
}

/** Reports it once, whichever notices first. */
function reportFailed({ failing, emit }: InfraContext, { service, state, reason }: ServiceStatus): boolean {
  if (failing.has(service)) return false;
  failing.add(service);
  emit({ event: "infra.failed", service, reason: reason ?? `it is ${state}` });
  return true;
}

function reportRecovered({ failing, emit }: InfraContext, status: ServiceStatus): void {
  const { service, state } = status;
  const reason = hasEnded(status) ? "it has completed" : `it is ${state} again`;
  if (failing.delete(service)) emit({ event: "infra.recovered", service, reason });
}

type Judged = "usable" | "wait" | "failed" | { refused: string };

async function judge(context: InfraContext, status: ServiceStatus, starting: Starting): Promise<Judged> {
  const completed = context.oneShots.has(status.service);
  switch (status.state) {
    case "healthy":
      return completed ? "wait" : "usable";
    case "running":
      return completed ? "wait" : probed(context, status);
    case "stopped":
      if (runOnce(context).has(status.service) && status.exitCode === 0 && (starting.done || !status.drift))
        return "usable";
      if (starting.done && (await hasCompleted(context, status))) return "usable";
      return starting.done ? "failed" : "wait";
    case "missing":
      return starting.done ? "failed" : "wait";
    case "paused":
    case "starting":
    case "unhealthy":
    case "restarting":
      return "wait";
  }
}

/** It was started and ended well, and nothing in its definition makes it run on. */
async function hasCompleted(context: InfraContext, { service, exitCode }: ServiceStatus): Promise<boolean> {
  const container = context.containers.snapshot()?.get(service)?.container.id;
  if (exitCode !== 0 || container === undefined || !bodyOf(context, service).mayComplete) return false;
  context.completed.add(service);
  await rememberCompleted(context.system, context.project.root, container);
  return true;
}

async function probed(context: InfraContext, { service, ports }: ServiceStatus): Promise<Judged> {
  const probe = probeFor(
    bodyOf(context, service),
    ports.map((p) => p.container),
  );
  const port = ports.find((p) => p.container === probe?.port)?.host;
  // nothing to probe: all there is to see is that it keeps running
  if (!probe || port === undefined)
    return justStarted(context, service) ? { refused: "it has only just started" } : "usable";
  const host = context.engine.endpoint.host;
  const answer = await context.system.exchange({ ...probe, host, port, timeoutMs: ANSWER_MS });
  return answer.ok ? "usable" : { refused: `${probe.kind} on ${host}:${port}: ${answer.why}` };
}

/** A process that is going to fail at its start usually does so within this time. */
const SETTLE_MS = 1_000;

function justStarted({ containers, system }: InfraContext, service: string): boolean {
  const startedAt = containers.snapshot()?.get(service)?.details?.startedAt;
  const age = startedAt === undefined ? Infinity : system.clock.now().getTime() - Date.parse(startedAt);
  // another machine's clock may be ahead of ours
  return age >= 0 && age < SETTLE_MS;
}

/** Until something is seen, or `ms` have passed; then a check of our own. */
async function nextLook({ containers, system, signal }: InfraContext, ms: number): Promise<void> {
  const waiting = abortsWith(signal);
  const stop = containers.onLook(() => waiting.abort());
  await system.clock.sleep(Math.max(1, ms), waiting.signal);
  stop();
  const isOver = waiting.signal.aborted;
  waiting.abort();
  if (!isOver) await containers.refresh();
}

async function explain(context: InfraContext, status: ServiceStatus, refused: string): Promise<Diagnostic> {
  const { service } = status;
  const about = serviceContext(context, service);
  const seen = context.containers.snapshot()?.get(service);
  if (!seen) {
    const { files } = context.definition;
    return {
      code: "DEVPM_SERVICE_FAILED",
      summary: `${service} has no container`,
      severity: "error",
      evidence: [["files", [...files]]],
      fixes: [{ label: "make it", command: "devpm infra up" }],
    };
  }
  const log = await lastLines(context, seen.container.id);
  const ended = status.state === "stopped" || status.state === "restarting";
  return ended ? serviceFailed(about, status, seen, log) : unhealthy(about, status, seen, log, refused);
}

const LOG_LINES = 200;

async function lastLines({ engine }: InfraContext, id: string): Promise<string[]> {
  const lines: string[] = [];
  const signal = AbortSignal.timeout(3_000);
  await engine.logs(id, { lines: LOG_LINES, follow: false, signal }, ({ line }) => lines.push(line));
  return tellingLines(lines);
}
