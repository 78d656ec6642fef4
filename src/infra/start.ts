import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { actionFor } from "./actions.ts";
import { createMissing } from "./create.ts";
import { refusal } from "./refusal.ts";
import { type InfraContext, bodyOf, runOnce, startRefused, statusesOf } from "./context.ts";

/** How a service was made to run; `nothing` where it already did. */
export interface ServiceStart {
  how: "nothing" | "created" | "started";
  outcome: Outcome<void>;
}

/**
 * Makes every service run: what is stopped is started through the engine, what is missing is made by Compose in one go.
 * Nothing that runs is touched. `usable` is asked before a service is started whose dependency has to be usable first;
 * Compose does that itself for what it makes.
 */
export function startAll(
  context: InfraContext,
  usable: (service: string) => Promise<Outcome<void>>,
): Map<string, Promise<ServiceStart>> {
  const statuses = statusesOf(context);
  const missing = statuses
    .filter((s) => actionFor(s, runOnce(context), startRefused(context, s.service)) === "create")
    .map((s) => s.service);
  const made = missing.length > 0 ? createMissing(context, missing) : null;
  return new Map(
    statuses.map((status) => {
      const { service } = status;
      const action = actionFor(status, runOnce(context), startRefused(context, service));
      if (action === "nothing")
        return [service, Promise.resolve<ServiceStart>({ how: "nothing", outcome: ok(undefined) })];
      if (action === "create")
        return [service, (made?.(service) ?? Promise.resolve(ok(undefined))).then(as("created"))];
      const resume = (): Promise<Outcome<void>> => resumeOne(context, service, action, usable);
      return [service, resume().then(as("started"))];
    }),
  );
}

const as =
  (how: ServiceStart["how"]) =>
  (outcome: Outcome<void>): ServiceStart => ({ how, outcome });

async function resumeOne(
  context: InfraContext,
  service: string,
  action: "start" | "unpause",
  usable: (service: string) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const { engine, containers, emit } = context;
  for (const on of bodyOf(context, service).dependsOn) {
    if (on.condition === "service_started" || !context.services.includes(on.service)) continue;
    const met = await usable(on.service);
    if (!met.ok && on.required) return met;
  }
  const id = containers.snapshot()?.get(service)?.container.id ?? "";
  emit({ event: "infra.progress", service, detail: action === "start" ? "starting" : "resuming" });
  const reply = action === "start" ? await engine.start(id) : await engine.unpause(id);
  await containers.refresh();
  return reply.ok ? ok(undefined) : failed(await refusal(context, service, reply.fault.detail));
}
