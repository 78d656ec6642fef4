import { failed, type Outcome } from "../diagnostics/outcome.ts";
import { composeMissing } from "./diagnose-compose.ts";
import { composeArgs } from "./resolve.ts";
import type { InfraContext } from "./context.ts";
import { stopAll } from "./stop.ts";

/** Stops the services, then has Compose remove their containers and volumes: Compose decides what belongs to them. */
export async function removeAll(context: InfraContext): Promise<Outcome<string[]>> {
  const { system, definition, engine, services } = context;
  const stopped = await stopAll(context, services);
  if (!stopped.ok) return stopped;
  const args = [...composeArgs(definition), "--profile", "*", "down", "--volumes", ...services];
  const result = await system.compose.run(args, { cwd: definition.folder, env: engine.endpoint.env });
  if (!result)
    return failed({
      ...composeMissing(services, system.environment.platform),
      state: "They are stopped; their data is kept.",
    });
  await context.containers.refresh();
  if (result.exitCode === 0) return stopped;
  return failed({
    code: "DEVPM_SERVICE_FAILED",
    severity: "error",
    summary: "the services' volumes could not be removed",
    evidence: [["tried", `docker compose down --volumes ${services.join(" ")}`]],
    excerpt: (result.stderr || result.failure || "").split("\n").slice(-6),
    state: "The services are stopped.",
    fixes: [{ label: "see what uses them", command: "docker volume ls" }],
  });
}
