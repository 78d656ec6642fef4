import { infraOf } from "../../infra/infra-of.ts";
import { appReferences, type Project, type References } from "../../model/project.ts";
import { isUp } from "../../model/service-status.ts";
import type { System } from "../../system/system.ts";
import { type CommandContext, print } from "./context.ts";

/** Current addresses of services and apps. A service that does not run has none: what needs it is left out. */
export async function referencesOf(system: System, context: CommandContext, project: Project): Promise<References> {
  const infra = await infraOf(system, project, { emit: () => {}, signal: new AbortController().signal });
  try {
    if (project.isolation || project.apps.some(({ env }) => typeof env === "function")) await infra.check();
    const down = infra.statuses().filter(({ state }) => !isUp(state));
    for (const { service, state } of down) {
      print(context.terminal.err, [`note: ${service} is ${state}; variables that need it may be left out`]);
    }
    return { apps: appReferences(project), services: infra.references(), ...infra.own() };
  } finally {
    infra.close();
  }
}
