import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { notStarted } from "./diagnose-service.ts";
import { failureIn } from "./failure.ts";
import { type Stage, bodyOf, contextOf } from "./stage.ts";

/** The diagnostic for what the engine or Compose said when a service was to run. */
export async function refusal(stage: Stage, service: string, said: string): Promise<Diagnostic> {
  const failure = failureIn(said);
  const port = failure.kind === "port" ? failure.port : null;
  const holder = port === null ? null : await portHolder(stage, service, port);
  return notStarted(contextOf(stage, service), failure, holder);
}

/** Who publishes this port on the same engine: `market-postgres-1 (postgres:17)`; null where no container does. */
async function portHolder(stage: Stage, service: string, port: number): Promise<string | null> {
  const listed = await stage.engine.containers([]);
  if (!listed.ok) return null;
  const own = stage.live.snapshot()?.get(service)?.container.id;
  const holder = listed.value.find((c) => c.id !== own && c.ports.some((p) => p.host === port));
  return holder ? `${holder.name} (${holder.image})` : null;
}

/** Which of these services ask for a host port that the engine says is taken. */
export const askersOf = (stage: Stage, services: readonly string[], port: number): string[] =>
  services.filter((service) => bodyOf(stage, service).ports.some((p) => p.host === port));
