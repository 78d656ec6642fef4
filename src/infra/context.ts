import type { InfraRequest, Project } from "../model/project.ts";
import type { SessionEvent } from "../model/events.ts";
import type { DockerEngine } from "../system/docker/types.ts";
import type { System } from "../system/system.ts";
import type { Definition, ServiceDefinition } from "./definition.ts";
import type { ServiceContext } from "./diagnose-service.ts";
import type { ContainerWatch } from "./container-watch.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import { verdict } from "./verdict.ts";

/** The part of the outside that infra needs. */
export type InfraSystem = Pick<
  System,
  "environment" | "clock" | "files" | "commands" | "compose" | "docker" | "exchange" | "ports" | "processes"
>;

/** What every command has once the engine answered and Compose resolved the files. */
export interface InfraContext {
  system: InfraSystem;
  engine: DockerEngine;
  definition: Definition;
  /** The services devpm manages, dependencies first. */
  services: readonly string[];
  /** The services among them that run once and end, because something waits for that. */
  oneShots: ReadonlySet<string>;
  /** Those that ended well by themselves, in this session or an earlier one. */
  completed: Set<string>;
  /** Those that had a container since they are watched: one that has none now was removed. */
  present: Set<string>;
  containers: ContainerWatch;
  /** Services that were reported as failed and have not recovered. */
  failing: Set<string>;
  project: Project;
  request: InfraRequest;
  emit: (event: SessionEvent) => void;
  signal: AbortSignal;
}

export const bodyOf = ({ definition }: Pick<InfraContext, "definition">, service: string): ServiceDefinition =>
  definition.services.find((s) => s.service === service) ?? { ...BARE, service };

const BARE: Omit<ServiceDefinition, "service"> = {
  image: null,
  build: null,
  platform: null,
  pullPolicy: null,
  hash: null,
  ports: [],
  dependsOn: [],
  mounts: [],
  environment: {},
};

/** Services whose end is no failure. */
export const runOnce = ({ oneShots, completed }: InfraContext): ReadonlySet<string> =>
  new Set([...oneShots, ...completed]);

export function serviceStatusOf(context: InfraContext, service: string): ServiceStatus {
  const { definition, containers, system } = context;
  const seen = containers.snapshot()?.get(service) ?? null;
  const found = verdict(bodyOf(context, service), seen, definition.version, system.clock.now());
  const status = explained(context, found);
  const lost = containers.lost();
  return lost ? { ...status, reason: `Docker does not answer: ${lost.detail}` } : status;
}

/** The engine's own words on why it did not start the container of a service; empty where it did, or has not tried. */
export const startRefused = ({ containers }: InfraContext, service: string): string =>
  containers.snapshot()?.get(service)?.details?.error ?? "";

/** What ran once has nothing to explain once it is done, whether its container is kept or not. */
function explained(context: InfraContext, found: ServiceStatus): ServiceStatus {
  const { service, state } = found;
  if (runOnce(context).has(service) || ranToItsEnd(context, service))
    return isDone(found) ? { ...found, reason: null } : found;
  return state === "missing" && context.present.has(service) ? { ...found, reason: "its container is gone" } : found;
}

/** Nothing in its definition makes it run on, and nobody stopped it. */
function ranToItsEnd(context: InfraContext, service: string): boolean {
  const id = context.containers.snapshot()?.get(service)?.container.id;
  return bodyOf(context, service).mayComplete === true && id !== undefined && context.containers.endedAlone(id);
}

/** Its definition is the one that it ran with. */
const isDone = ({ exitCode, drift }: ServiceStatus): boolean => exitCode === 0 && !drift;

export const statusesOf = (context: InfraContext): ServiceStatus[] =>
  context.services.map((service) => serviceStatusOf(context, service));

export function serviceContext(context: InfraContext, service: string): ServiceContext {
  const { project, definition, system } = context;
  const waiting = project.apps.filter((app) => app.dependsOn.services.includes(service)).map((app) => app.name);
  return { definition, service, waiting, now: system.clock.now() };
}
