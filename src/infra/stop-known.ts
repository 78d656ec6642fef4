import type { Instance } from "../model/instance.ts";
import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { engineUnreachable } from "./diagnose-engine.ts";
import { recall } from "./known.ts";
import { observe } from "./observe.ts";
import type { InfraSystem } from "./context.ts";

/** Stops what this instance last managed, without its configuration and without Compose. */
export async function stopKnown(system: InfraSystem, instance: Instance): Promise<Outcome<string[]>> {
  const { files, environment, docker } = system;
  const known = await recall(files, instance);
  if (!known) return ok([]);
  const connection = await docker.connect(environment, files);
  if (!connection.ok) {
    const { shell, platform, user } = environment;
    const where = { files: [], dockerHost: shell.DOCKER_HOST, platform, user };
    const diagnostic = engineUnreachable(connection.attempts, known.services, where);
    return failed({ ...diagnostic, state: "Whether its containers run is not known." });
  }
  const { engine } = connection;
  const seen = await observe(engine, known.project, known.services);
  const running = seen.ok ? [...seen.value].filter(([, { container }]) => UP.has(container.state)) : [];
  await Promise.all(running.map(([, { container }]) => engine.stop(container.id)));
  engine.close();
  return ok(running.map(([service]) => service));
}

const UP = new Set(["running", "paused", "restarting"]);
