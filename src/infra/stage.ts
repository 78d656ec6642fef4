import type { InfraRequest, Project } from "../model/project.ts";
import type { SessionEvent } from "../model/events.ts";
import type { Compose } from "../system/docker/compose.ts";
import type { Engine } from "../system/docker/types.ts";
import type { System } from "../system/system.ts";
import type { Definition, ServiceDefinition } from "./definition.ts";
import type { ServiceContext } from "./diagnose-service.ts";
import type { Live } from "./live.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import { verdict } from "./verdict.ts";

/** The part of the outside that infra needs. */
export type InfraSystem = Pick<
  System,
  "environment" | "clock" | "files" | "commands" | "compose" | "docker" | "exchange" | "ports" | "processes"
>;

/** What every verb has once the engine answered and Compose said what the files mean. */
export interface Stage {
  system: InfraSystem;
  compose: Compose;
  engine: Engine;
  definition: Definition;
  /** The services devpm looks after, dependencies first. */
  services: readonly string[];
  /** Of these, the ones that run once and end. */
  oneShots: ReadonlySet<string>;
  live: Live;
  /** Services that were reported as failed and have not recovered. */
  failing: Set<string>;
  project: Project;
  request: InfraRequest;
  emit: (event: SessionEvent) => void;
  signal: AbortSignal;
}

export const bodyOf = ({ definition }: Pick<Stage, "definition">, service: string): ServiceDefinition =>
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

export function statusOf(stage: Stage, service: string): ServiceStatus {
  const { definition, live, system } = stage;
  const seen = live.snapshot()?.get(service) ?? null;
  const status = verdict(bodyOf(stage, service), seen, definition.version, system.clock.now());
  const lost = live.lost();
  return lost ? { ...status, reason: `Docker does not answer: ${lost.detail}` } : status;
}

export const statusesOf = (stage: Stage): ServiceStatus[] => stage.services.map((service) => statusOf(stage, service));

export function contextOf(stage: Stage, service: string): ServiceContext {
  const { project, definition, system } = stage;
  const waiting = project.apps.filter((app) => app.dependsOn.services.includes(service)).map((app) => app.name);
  return { definition, service, waiting, now: system.clock.now() };
}
