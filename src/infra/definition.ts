/** A compose file as Compose itself resolved it, cut to what devpm decides by. */
export interface Definition {
  /** The compose project's name: what its containers are labelled with. */
  name: string;
  /** The name that Compose has to be given, because it would take another: the main checkout's. */
  as?: string | undefined;
  /** The compose project's folder (Compose's working_dir). */
  folder: string;
  /** The files Compose is called with, in `-f` order. */
  files: string[];
  services: ServiceDefinition[];
  /** `compose`: resolved by Compose. `containers`: read off existing containers, because there is no Compose here. */
  from: "compose" | "containers";
  /** Compose's own warnings from resolving the files. */
  warnings?: string[];
  /** Compose's version: two versions may hash the same definition differently. */
  version: string;
}

export interface ServiceDefinition {
  service: string;
  /** null where it is only built. */
  image: string | null;
  /** Absolute path of the build context. */
  build: string | null;
  platform: string | null;
  pullPolicy: string | null;
  /** Compose's hash of the definition; a container made from it carries the same in a label. */
  hash: string | null;
  ports: { container: number; host: number | null; protocol: string }[];
  dependsOn: { service: string; condition: Condition; required: boolean }[];
  /**
   * It publishes no port, has no health check and is not started again when it ends: ending with 0 may be what it is for.
   * Absent where only containers are known.
   */
  mayComplete?: boolean;
  /** Absolute paths on the host that are mounted into it. */
  mounts: string[];
  environment: Record<string, string>;
}

export type Condition = "service_started" | "service_healthy" | "service_completed_successfully";

interface Raw {
  name?: string;
  services?: Record<string, RawService>;
}
interface RawService {
  image?: string;
  build?: { context?: string };
  platform?: string;
  restart?: string;
  healthcheck?: { disable?: boolean };
  deploy?: { restart_policy?: { condition?: string } };
  pull_policy?: string;
  ports?: { target?: number; published?: string | number; protocol?: string }[];
  depends_on?: Record<string, { condition?: Condition; required?: boolean }>;
  volumes?: { type?: string; source?: string }[];
  environment?: Record<string, string | null>;
}

/** The hash of each service, as `docker compose config --hash "*"` prints them. */
export const hashesIn = (printed: string): Map<string, string> =>
  new Map([...printed.matchAll(/^\s*(\S+)\s+(\S+)\s*$/gm)].map(([, service = "", hash = ""]) => [service, hash]));

/** Pure: the output of `docker compose config --format json` and of `docker compose config --hash "*"`. */
export function definitionFrom(
  printed: { json: string; hashes: string; version: string; warnings?: string },
  folder: string,
  files: string[],
): Definition {
  const raw = JSON.parse(printed.json) as Raw;
  const hashOf = hashesIn(printed.hashes);
  const services = Object.entries(raw.services ?? {}).map(([service, body]) =>
    serviceFrom(service, body, hashOf.get(service) ?? null),
  );
  const warnings = warningsIn(printed.warnings ?? "");
  return { name: raw.name ?? "", folder, files, services, from: "compose", version: printed.version, warnings };
}

/** `time="…" level=warning msg="The \"X\" variable is not set."`, each once. */
const warningsIn = (stderr: string): string[] => [
  ...new Set(
    [...stderr.matchAll(/level=warning msg=(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, quoted, bare]) =>
      (quoted ?? bare ?? "").replaceAll(/\\(.)/g, "$1"),
    ),
  ),
];

function serviceFrom(service: string, raw: RawService, hash: string | null): ServiceDefinition {
  return {
    service,
    image: raw.image ?? null,
    build: raw.build?.context ?? null,
    platform: raw.platform ?? null,
    pullPolicy: raw.pull_policy ?? null,
    hash,
    ports: (raw.ports ?? []).map((port) => ({
      container: port.target ?? 0,
      host: fixed(port.published),
      protocol: port.protocol ?? "tcp",
    })),
    dependsOn: Object.entries(raw.depends_on ?? {}).map(([name, on]) => ({
      service: name,
      condition: on.condition ?? "service_started",
      required: on.required ?? true,
    })),
    mayComplete: mayComplete(raw),
    mounts: (raw.volumes ?? []).flatMap((v) => (v.type === "bind" && v.source ? [v.source] : [])),
    environment: Object.fromEntries(Object.entries(raw.environment ?? {}).map(([name, value]) => [name, value ?? ""])),
  };
}

function mayComplete({ ports, healthcheck, restart = "no", deploy }: RawService): boolean {
  const { condition = "none" } = deploy?.restart_policy ?? {};
  const checked = healthcheck !== undefined && healthcheck.disable !== true;
  return (ports ?? []).length === 0 && !checked && /^(no|on-failure)\b/.test(restart) && condition !== "any";
}

/** A range ("5000-5010") or nothing means that the engine chooses. */
function fixed(published: string | number | undefined): number | null {
  const port = Number(published);
  return published !== undefined && published !== "" && Number.isInteger(port) && port > 0 ? port : null;
}

/** Pure: the services named and all they depend on, dependencies first. */
export function withDependencies(names: readonly string[], services: readonly ServiceDefinition[]): string[] {
  const byName = new Map(services.map((s) => [s.service, s]));
  const ordered: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const found = byName.get(name);
    if (!found || ordered.includes(name) || path.includes(name)) return;
    for (const { service } of found.dependsOn) visit(service, [...path, name]);
    ordered.push(name);
  };
  for (const name of names) visit(name, []);
  return ordered;
}

/** Pure: services that run once and end, because something waits for them to have completed. */
export function oneShots(services: readonly ServiceDefinition[]): Set<string> {
  return new Set(
    services.flatMap((s) =>
      s.dependsOn.filter((on) => on.condition === "service_completed_successfully").map((on) => on.service),
    ),
  );
}
