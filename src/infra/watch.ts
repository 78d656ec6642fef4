import { type InfraContext, statusesOf } from "./context.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import { hasEnded, isUp } from "../model/service-status.ts";

/** What is reported of a change from one status to the next. */
export type Transition = { event: "infra.failed" | "infra.recovered"; service: string; reason: string } | null;

/**
 * Pure: once when it stops being usable, once when it is again. `starting` after a restart is neither: it is on its way, and
 * what it becomes is reported then. Nor is the end of what was to run once.
 */
export function transition(before: ServiceStatus, now: ServiceStatus, failing: boolean): Transition {
  const { service, state, reason } = now;
  if (failing && isUp(state)) return { event: "infra.recovered", service, reason: `it is ${state} again` };
  if (failing && hasEnded(now)) return { event: "infra.recovered", service, reason: "it has completed" };
  const bad = !isUp(state) && state !== "starting" && !hasEnded(now);
  if (!failing && bad && isUp(before.state))
    return { event: "infra.failed", service, reason: reason ?? `it is ${state}` };
  return null;
}

/** Reports when a service stops being usable and when it is again, and that the engine went away and came back. */
export function watchInfra(context: InfraContext): void {
  const { containers, emit, failing, present } = context;
  const look = (): ServiceStatus[] => {
    const statuses = statusesOf(context);
    for (const { service, state } of statuses) if (state !== "missing") present.add(service);
    return statuses;
  };
  let before = new Map(look().map((status) => [status.service, status]));
  let gone = false;
  const report = (status: ServiceStatus): void => {
    const change = transition(before.get(status.service) ?? status, status, failing.has(status.service));
    if (!change) return;
    if (change.event === "infra.failed") failing.add(change.service);
    else failing.delete(change.service);
    emit(change);
  };
  containers.onLook(() => {
    const lost = containers.lost();
    if (lost && !gone) emit({ event: "notice", text: engineGone(context, lost.detail) });
    if (!lost && gone) emit({ event: "notice", text: "Docker answers again" });
    gone = lost !== null;
    // while the engine is away nothing is known: what became of the services is reported when it is back
    if (lost) return;
    const now = look();
    for (const status of now) report(status);
    before = new Map(now.map((status) => [status.service, status]));
  });
  containers.follow();
}

const engineGone = ({ services, engine }: InfraContext, detail: string): string =>
  `Docker went away (${engine.endpoint.url}: ${detail}); ${services.join(", ")} cannot be reached until it is back`;
