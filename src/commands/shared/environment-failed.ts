import { invalid } from "../../config/problem.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { App, Project } from "../../model/project.ts";

/** An `env` function of the configuration that throws, or takes too long. */
export function environmentFailed({ configFile }: Project, { name }: App, error: unknown): Diagnostic {
  const message = error instanceof Error ? error.message : String(error);
  return invalid(configFile ?? "what was detected here", [{ key: `apps.${name}.env`, message }]);
}
