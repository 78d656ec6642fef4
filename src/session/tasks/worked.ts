import { createHash } from "node:crypto";
import { ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { Infra } from "../../infra/infra.ts";
import type { References, Task } from "../../model/project.ts";
import { appEnvironment } from "../../plan/environment.ts";
import type { VariableSource } from "../../plan/variables.ts";
import type { System } from "../../system/system.ts";
import type { Worked } from "./due.ts";

interface Sources {
  /** The digest of them. */
  inputs: string;
  infra: Pick<Infra, "containerId">;
  references: References;
  configFile: string | null;
}

/** What a task would work with now. Fails where it has no environment. */
export async function workedWith(
  system: Pick<System, "files" | "environment">,
  task: Task,
  { inputs, infra, references, configFile }: Sources,
): Promise<Outcome<Worked>> {
  const variables = await ownVariables(system, task, { references, configFile });
  if (!variables.ok) return variables;
  const command = task.command.shell ? task.command.line : task.command.argv;
  return ok({
    inputs: task.inputs.length === 0 ? null : digest([command, inputs]),
    variables: digest(variables.value),
    containers: Object.fromEntries(task.dependsOn.services.map((name) => [name, infra.containerId(name)])),
  });
}

/**
 * The variables from the configuration and its files: a changed database there makes the task due. A port that Docker
 * chose does not: it changes when a container is started again with the same data.
 */
async function ownVariables(
  { files, environment }: Pick<System, "files" | "environment">,
  task: Task,
  { references, configFile }: Pick<Sources, "references" | "configFile">,
): Promise<Outcome<[string, string][]>> {
  const facts = { session: "", references: withoutPorts(references), configFile };
  const built = await appEnvironment({ files, environment }, task, facts);
  if (!built.ok) return built;
  const own = built.value.variables
    .filter(({ name, source, overrides }) => name !== "PORT" && [source, ...overrides].some(isOwn))
    .map(({ name, value }) => [name, value] as [string, string])
    .toSorted(([a], [b]) => a.localeCompare(b));
  return ok(own);
}

/** Set by the project, whatever value the shell gives it. */
const isOwn = ({ kind }: VariableSource): boolean => kind === "file" || kind === "config";

function withoutPorts({ apps, services }: References): References {
  const stable = new Proxy(services, {
    get: (target, name: string) => ({
      host: name,
      port: (port: number) => port,
      env: (key: string) => target[name]?.env(key),
    }),
  });
  return { apps, services: stable };
}

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
