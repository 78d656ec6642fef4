import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { notStarted, type PortOwner } from "./diagnose-service.ts";
import { failureIn } from "./failure.ts";
import { type InfraSystem, type InfraContext, bodyOf, serviceContext } from "./context.ts";
import { LABELS } from "./observation.ts";

/** The diagnostic for the engine's or Compose's message when a service could not run. */
export async function refusal(context: InfraContext, service: string, output: string): Promise<Diagnostic> {
  const failure = failureIn(output);
  const port = failure.kind === "port" ? failure.port : null;
  const holder = port === null ? null : await portHolder(context, service, port);
  return notStarted(serviceContext(context, service), failure, holder);
}

/** Who has this port: a container of the same engine (of which compose project), else a process of this machine. */
async function portHolder(context: InfraContext, service: string, port: number): Promise<PortOwner | null> {
  const listed = await context.engine.containers([]);
  const own = context.containers.snapshot()?.get(service)?.container.id;
  const all = listed.ok ? listed.value : [];
  const holder = all.find((c) => c.id !== own && c.ports.some((p) => p.host === port));
  if (!holder) return context.engine.endpoint.remote ? null : processHolder(context.system, port);
  const folder = holder.labels[LABELS.folder];
  const lines = [`${holder.name} (${holder.image})`, ...(folder ? [`of the compose project in ${folder}`] : [])];
  return { lines, container: holder.name };
}

function processHolder({ ports, processes }: InfraSystem, port: number): PortOwner | null {
  const pid = ports.holders(port).find((holder) => holder.pid !== null)?.pid;
  const found = pid === undefined || pid === null ? null : processes.describe(pid);
  if (!found) return null;
  const where = found.cwd === null ? "" : `, in ${found.cwd}`;
  return { lines: [`pid ${found.pid}  ${found.command.slice(0, 120)}`, `user ${found.user}${where}`], container: null };
}

/** Which of these services ask for a host port that the engine reports as taken. */
export const askersOf = (context: InfraContext, services: readonly string[], port: number): string[] =>
  services.filter((service) => bodyOf(context, service).ports.some((p) => p.host === port));
