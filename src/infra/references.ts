import type { References, ServiceReference } from "../config/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type Outcome, failed, ok } from "../util/outcome.ts";
import type { Definition } from "./definition.ts";
import { serviceUnknown } from "./diagnose-compose.ts";
import type { Snapshot } from "./observe.ts";
import type { Observation } from "./verdict.ts";

/** Stands for a value of a service that is absent: a variable made with it is left unset. */
const ABSENT = "\u0000absent\u0000";

/** Thrown inside the user's own `env` function, where a value cannot be an outcome; caught by `resolveEnv`. */
class ReferenceProblem extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.summary);
    this.diagnostic = diagnostic;
  }
}

/** Pure: what `env` functions receive for each service. */
export function referencesTo(
  definition: Definition,
  snapshot: Snapshot,
  services: readonly string[],
  host: string,
): Record<string, ServiceReference> {
  const bodies = services.map((service) => {
    const seen = snapshot.get(service);
    return [service, seen ? referenceTo(service, seen, host, definition) : absent] as const;
  });
  return guarded(Object.fromEntries(bodies), definition.files);
}

/** Pure: every service absent, whatever its name (`--no-infra`, or no engine and `required: false`). */
export function absentReferences(): Record<string, ServiceReference> {
  return new Proxy<Record<string, ServiceReference>>({}, { get: () => absent, has: () => true });
}

const absent: ServiceReference = {
  host: ABSENT,
  // looks like a number to the types, and spoils every text it is put into
  port: () => ({ toString: () => ABSENT }) as unknown as number,
  env: () => ABSENT,
};

function referenceTo(
  service: string,
  { container, details }: Observation,
  host: string,
  definition: Definition,
): ServiceReference {
  const fallback = definition.services.find((s) => s.service === service)?.environment ?? {};
  return {
    host,
    port(wanted) {
      const published = container.ports.find((p) => p.container === wanted && p.protocol === "tcp");
      if (!published)
        throw new ReferenceProblem(
          unpublished(
            service,
            wanted,
            container.ports.map((p) => p.container),
            definition,
          ),
        );
      return published.host;
    },
    env: (name) => details?.env[name] ?? fallback[name],
  };
}

/** A name the compose file does not have is a problem to be told, not `undefined.host`. */
function guarded(
  references: Record<string, ServiceReference>,
  files: readonly string[],
): Record<string, ServiceReference> {
  return new Proxy(references, {
    get(target, name) {
      if (typeof name !== "string" || Object.hasOwn(target, name)) return Reflect.get(target, name) as unknown;
      throw new ReferenceProblem(serviceUnknown([name], Object.keys(target), files));
    },
  });
}

function unpublished(service: string, wanted: number, published: readonly number[], { files }: Definition): Diagnostic {
  const has = [...new Set(published)].join(", ");
  return {
    code: "DEVPM_SERVICE_PORT_UNPUBLISHED",
    summary: `${service} does not publish port ${wanted}`,
    severity: "error",
    evidence: [
      ["asked for", `services.${service}.port(${wanted})`],
      ["it publishes", has || "no port at all"],
      ["files", [...files]],
    ],
    fixes: [
      {
        label: `add to ${service} in the compose file: ports: ["127.0.0.1::${wanted}"], then`,
        command: `docker compose up -d ${service}`,
      },
    ],
  };
}

/**
 * Pure: the variables of one app. A variable made with a value of an absent service is left unset, so that the app can fall
 * back; a wrong service or port is a diagnostic that names the app.
 */
export function resolveEnv(
  app: string,
  env: (references: References) => Record<string, string | undefined>,
  references: References,
): Outcome<Record<string, string>> {
  try {
    const entries = Object.entries(env(references)).flatMap(([name, value]) => {
      // a plain JavaScript config may hand over a port as it is
      const text = value === undefined ? ABSENT : `${value as string | number}`;
      return text.includes(ABSENT) ? [] : [[name, text] as const];
    });
    return ok(Object.fromEntries(entries));
  } catch (error) {
    if (!(error instanceof ReferenceProblem)) throw error;
    const { diagnostic } = error;
    return failed({ ...diagnostic, evidence: [["needed by", `apps.${app}.env`], ...diagnostic.evidence] });
  }
}
