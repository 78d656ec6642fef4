import { absentService } from "../config/absent.ts";
import type { ServiceReference } from "../model/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Definition } from "./definition.ts";
import { serviceUnknown } from "./diagnose-compose.ts";
import { composeCommand } from "./files.ts";
import type { Snapshot } from "./observe.ts";
import type { Observation } from "./observation.ts";

export interface ReferenceSource {
  definition: Definition;
  snapshot: Snapshot;
  services: readonly string[];
  host: string;
  /** Services this machine cannot run, where infra is not required. */
  absent: ReadonlySet<string>;
  /** Called with each port that an app is given. */
  givePort: (service: string, container: number, host: number) => void;
  /** A wrong service or port is reported here before it is thrown through the user's own function. */
  report: (diagnostic: Diagnostic) => void;
}

/** What `env` functions receive for each service. */
export function referencesTo(source: ReferenceSource): Record<string, ServiceReference> {
  const { definition, snapshot, services, report } = source;
  const bodies = services.map((service) => {
    if (source.absent.has(service)) return [service, absentService(service)] as const;
    return [service, referenceTo(service, snapshot.get(service) ?? null, source)] as const;
  });
  return guarded(Object.fromEntries(bodies), (name, known) =>
    fail(report, serviceUnknown([name], known, definition.files)),
  );
}

function fail(report: ReferenceSource["report"], diagnostic: Diagnostic): never {
  report(diagnostic);
  throw new Error(diagnostic.summary);
}

/** Pure: every service absent, whatever its name (`--no-infra`, or no engine and `required: false`). */
export function absentReferences(): Record<string, ServiceReference> {
  return new Proxy<Record<string, ServiceReference>>(
    {},
    { get: (_, name) => absentService(String(name)), has: () => true },
  );
}

function referenceTo(service: string, seen: Observation | null, source: ReferenceSource): ServiceReference {
  const { host, definition, report } = source;
  const body = definition.services.find((s) => s.service === service);
  const published = seen?.container.ports.filter((p) => p.protocol === "tcp") ?? [];
  return {
    host,
    port(wanted) {
      const now = published.find((p) => p.container === wanted);
      if (now) {
        source.givePort(service, wanted, now.host);
        return now.host;
      }
      const written = body?.ports.filter((p) => p.container === wanted && p.protocol === "tcp") ?? [];
      if (published.length > 0 || (body && written.length === 0)) {
        const has = published.length > 0 ? published : (body?.ports ?? []);
        return fail(
          report,
          unpublished(
            service,
            wanted,
            has.map((p) => p.container),
            definition,
          ),
        );
      }
      // it does not run: a port that is written down will be that one, one that Docker chooses is not chosen yet
      const fixed = written.find((p) => p.host !== null)?.host;
      if (fixed) return fixed;
      report(notRunning(service, wanted));
      return absentService(service).port(wanted);
    },
    env: (name) => seen?.details?.env[name] ?? body?.environment[name],
  };
}

function notRunning(service: string, wanted: number): Diagnostic {
  return {
    code: "DEVPM_SERVICE_PORT_UNPUBLISHED",
    summary: `${service} does not run, so the port Docker will choose for its ${wanted} is not known`,
    severity: "warning",
    evidence: [["asked for", `services.${service}.port(${wanted})`]],
    state: "Variables that use it are left unset.",
    fixes: [{ label: `name ${service} in dependsOn of the app that uses it, then`, command: "devpm dev" }],
  };
}

/** A name the compose file does not have is a problem to report, not `undefined.host`. */
function guarded(
  references: Record<string, ServiceReference>,
  unknown: (name: string, known: string[]) => never,
): Record<string, ServiceReference> {
  return new Proxy(references, {
    get(target, name) {
      if (typeof name !== "string" || Object.hasOwn(target, name)) return Reflect.get(target, name) as unknown;
      return unknown(name, Object.keys(target));
    },
  });
}

function unpublished(
  service: string,
  wanted: number,
  published: readonly number[],
  definition: Definition,
): Diagnostic {
  const has = [...new Set(published)].join(", ");
  return {
    code: "DEVPM_SERVICE_PORT_UNPUBLISHED",
    summary: `${service} does not publish port ${wanted}`,
    severity: "error",
    evidence: [
      ["asked for", `services.${service}.port(${wanted})`],
      ["it publishes", has || "no port at all"],
      ["files", [...definition.files]],
    ],
    fixes: [
      {
        label: `add to ${service} in the compose file: ports: ["127.0.0.1::${wanted}"], then`,
        command: composeCommand(definition, `up -d ${service}`),
      },
    ],
  };
}
