import type { ContainerDetails, ContainerSummary } from "../system/docker/types.ts";
import type { ServiceDefinition } from "./definition.ts";
import { LABELS, type Observation } from "./observation.ts";
import type { ServiceState, ServiceStatus } from "../model/service-status.ts";
import { reasonFor } from "./reasons.ts";

/**
 * Pure: the state of a service's container. `compose` is the version that hashed it; `now` separates a restart
 * loop from a container that restarted long ago.
 */
export function verdict(
  definition: ServiceDefinition,
  seen: Observation | null,
  compose: string,
  now: Date,
): ServiceStatus {
  if (!seen) return { ...NOTHING, service: definition.service, ports: [] };
  const { container, details } = seen;
  const state = stateOf(seen, now);
  const drift = driftOf(definition, container, compose);
  return {
    service: definition.service,
    container: container.name,
    state,
    exitCode:
      state === "stopped" && (details?.state ?? container.state) !== "created"
        ? (details?.exitCode ?? exitIn(container))
        : null,
    drift: drift !== null,
    reason: reasonFor(state, seen) ?? drift,
    ports: container.ports
      .map(({ container: inside, host }) => ({ container: inside, host }))
      .filter((port, at, all) => all.findIndex((p) => p.container === port.container && p.host === port.host) === at)
      .toSorted((a, b) => a.container - b.container),
  };
}

const NOTHING = { container: null, state: "missing", exitCode: null, drift: false, reason: null } as const;

/** A container that lives this long after a restart is no loop. */
const STEADY_MS = 10_000;

function stateOf({ container, details }: Observation, now: Date): ServiceState {
  // asked after the listing, so the newer of the two
  switch (details?.state ?? container.state) {
    case "paused":
      return "paused";
    case "restarting":
      return "restarting";
    case "running":
      return runningState(container, details, now);
    case "removing":
      return "missing";
    default:
      return "stopped"; // created, exited, dead
  }
}

function runningState(container: ContainerSummary, details: ContainerDetails | null, now: Date): ServiceState {
  const health = details?.health?.status ?? healthIn(container.status);
  if (health === "healthy" || health === "unhealthy") return health;
  const young = details !== null && now.getTime() - Date.parse(details.startedAt) < STEADY_MS;
  if (young && details.restartCount > 1) return "restarting";
  return health === "starting" ? "starting" : "running";
}

const healthIn = (status: string): string | null =>
  /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(status)?.[1] ?? null;

const exitIn = ({ status }: ContainerSummary): number | null => {
  const code = /^Exited \((\d+)\)/.exec(status)?.[1];
  return code === undefined ? null : Number(code);
};

/** Pure: how the container differs from the compose file as it is now; null where it does not. */
export function driftOf(definition: ServiceDefinition, container: ContainerSummary, compose: string): string | null {
  const { image, hash } = definition;
  const { [LABELS.hash]: made, [LABELS.version]: maker } = container.labels;
  // the engine lists the image by its id once the name has moved to another image
  if (image && container.image !== image && /^(sha256:)?[0-9a-f]{12,64}$/.test(container.image)) {
    return `it runs an older ${image}`;
  }
  // another version of Compose may serialize the same definition differently
  if (hash && made && hash !== made && maker && release(maker) === release(compose)) {
    const was = image && container.image !== image ? `: it runs ${container.image}` : "";
    return `its definition in the compose file has changed${was}`;
  }
  return null;
}

const release = (version: string): string => /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version;
