import { type App, claimedPorts } from "../model/project.ts";
import { type Definition, type ServiceDefinition, withDependencies } from "./definition.ts";

/** Which services of a compose file devpm manages. */
export interface Selection {
  /** With what they depend on, dependencies first. */
  services: string[];
  leftOut: { service: string; reason: string }[];
  /** Asked for, and not in the compose file. */
  unknown: string[];
}

/** Pure. A compose file often holds the backend and the front end too: those run under PM2 and are left alone. */
export function select(definition: Definition, asked: readonly string[] | null, apps: readonly App[]): Selection {
  const all = definition.services.map((s) => s.service);
  if (asked) {
    const services = withDependencies(asked, definition.services);
    return { services, leftOut: [], unknown: asked.filter((name) => !all.includes(name)) };
  }
  const reasons = new Map(definition.services.map((s) => [s.service, whyApp(s, apps)]));
  const services = withDependencies(
    all.filter((name) => !reasons.get(name)),
    definition.services,
  );
  const leftOut = all.flatMap((service) => {
    const reason = reasons.get(service);
    return reason && !services.includes(service) ? [{ service, reason }] : [];
  });
  return { services, leftOut, unknown: [] };
}

/** Pure: what the apps depend on, and what that depends on. */
export const neededBy = (apps: readonly Pick<App, "dependsOn">[], { services }: Definition): ReadonlySet<string> =>
  new Set(
    withDependencies(
      apps.flatMap(({ dependsOn }) => dependsOn.services),
      services,
    ),
  );

function whyApp(service: ServiceDefinition, apps: readonly App[]): string | null {
  for (const app of apps) {
    if (app.name === service.service) return `devpm runs the app "${app.name}" itself`;
    const claimed = claimedPorts(app);
    const port = service.ports.find((p) => p.host !== null && claimed.includes(p.host));
    if (port) return `it publishes port ${port.host}, which the app "${app.name}" claims`;
    if (service.build !== null && within(app.cwd, service.build)) return `it is built from the app "${app.name}"`;
    if (service.mounts.some((mount) => mount === app.cwd)) return `it runs the folder of the app "${app.name}"`;
  }
  return null;
}

const within = (folder: string, parent: string): boolean => folder === parent || folder.startsWith(`${parent}/`);
