import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { type InfraContext, serviceContext, serviceStatusOf } from "./context.ts";
import { notStarted } from "./diagnose-service.ts";

/** Stops containers and keeps them, their networks and volumes: the next start takes a second and finds its data. */
export async function stopAll(context: InfraContext, services: readonly string[]): Promise<Outcome<string[]>> {
  const running = services.filter(
    (service) => !["missing", "stopped"].includes(serviceStatusOf(context, service).state),
  );
  const stopped: string[] = [];
  const problems: Diagnostic[] = [];
  const waiting = new Set(running);
  // what nothing still running depends on goes first: a database outlives what writes to it
  while (waiting.size > 0) {
    const free = [...waiting].filter((service) => !dependedOn(context, service, waiting));
    const round = free.length > 0 ? free : [...waiting];
    await Promise.all(
      round.map(async (service) => {
        waiting.delete(service);
        const id = context.containers.snapshot()?.get(service)?.container.id ?? "";
        const reply = await context.engine.stop(id);
        if (reply.ok) stopped.push(service);
        else {
          const problem = notStarted(
            serviceContext(context, service),
            { kind: "other", words: reply.fault.detail },
            null,
          );
          problems.push({ ...problem, summary: `${service} could not be stopped`, state: "The others were." });
        }
      }),
    );
  }
  await context.containers.refresh();
  return problems.length > 0 ? failed(...problems) : ok(services.filter((service) => stopped.includes(service)));
}

const dependedOn = ({ definition }: InfraContext, service: string, among: ReadonlySet<string>): boolean =>
  definition.services.some((s) => among.has(s.service) && s.dependsOn.some((on) => on.service === service));
