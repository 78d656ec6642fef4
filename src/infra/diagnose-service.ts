import type { Diagnostic, Evidence, Fix } from "../diagnostics/diagnostic.ts";
import type { Definition } from "./definition.ts";
import type { Failure, ImageWhy } from "./failure.ts";
import { composeCommand } from "./files.ts";
import { probeFor } from "./probes.ts";
import { checkCommand, checkSaid, endOf } from "./reasons.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import type { Observation } from "./observation.ts";

export interface ServiceContext {
  definition: Definition;
  service: string;
  /** Apps that wait for it. */
  waiting: readonly string[];
  now: Date;
}

const compose = ({ definition }: ServiceContext, rest: string): string => composeCommand(definition, rest);

function blocked({ service, waiting }: ServiceContext): string {
  if (waiting.length === 0) return "No app waits for it.";
  const [were, wait] = waiting.length === 1 ? ["was", "it waits"] : ["were", "they wait"];
  return `${waiting.join(", ")} ${were} not started: ${wait} for ${service}.`;
}

/** Pure: it runs and its health check fails, or it never answered. */
export function unhealthy(
  context: ServiceContext,
  status: ServiceStatus,
  { container, details }: Observation,
  log: readonly string[],
  probe: string | null,
): Diagnostic {
  const { service } = context;
  const up = details ? `, up ${age(details.startedAt, context.now)}` : "";
  const check: Evidence[] = details?.health
    ? [["check", `${checkCommand(details.health.test)}: ${checkSaid(details).replace(/^its health check /, "")}`]]
    : [["probe", probe ?? "it did not answer"]];
  return {
    code: "DEVPM_SERVICE_UNHEALTHY",
    summary: summaryOf(service, status),
    severity: "error",
    evidence: [["container", `${container.name} (${container.image})${up}`], ...check, ...logged(log)],
    state: blocked(context),
    fixes: [
      { label: "", command: compose(context, `logs ${service}`) },
      { label: "then", command: "devpm dev" },
    ],
  };
}

function summaryOf(service: string, { state }: ServiceStatus): string {
  if (state === "unhealthy") return `${service} is running but unhealthy`;
  if (state === "starting") return `${service} did not become healthy in time`;
  return `${service} is running but does not answer`;
}

/** Pure: its process ends, once or repeatedly. */
export function serviceFailed(
  context: ServiceContext,
  status: ServiceStatus,
  { container, details }: Observation,
  log: readonly string[],
): Diagnostic {
  const { service } = context;
  const restarts = details && details.restartCount > 0 ? `, restarted ${details.restartCount} times` : "";
  const fixes: Fix[] = [{ label: "", command: compose(context, `logs ${service}`) }];
  // the old container is started again as it was made, whatever has been mended in the file since
  if (status.drift) {
    const command = `${compose(context, `up -d ${service}`)} && devpm dev`;
    fixes.unshift({ label: `it was made before ${filesOf(context)} changed; as that is now`, command });
  }
  if (details?.oomKilled)
    fixes.unshift({ label: `raise its memory limit in ${filesOf(context)}, then`, command: "devpm dev" });
  return {
    code: "DEVPM_SERVICE_FAILED",
    summary: status.state === "restarting" ? `${service} restarts again and again` : `${service} stopped`,
    severity: "error",
    evidence: [
      ["container", `${container.name} (${container.image})${restarts}`],
      ["ended", details ? endOf(details) : (status.reason ?? "Docker does not report how")],
      ...logged(log),
    ],
    state: blocked(context),
    fixes,
  };
}

/** Who has a port that a service asks for. */
export interface PortOwner {
  lines: string[];
  /** The container's name, where it is one. */
  container: string | null;
}

/** Pure: the engine or Compose refused to make or start it. */
export function notStarted(context: ServiceContext, failure: Failure, holder: PortOwner | null): Diagnostic {
  const { service } = context;
  const dockerSays: Evidence = ["Docker says", failure.words];
  const base = { severity: "error", state: blocked(context) } as const;
  const again: Fix = { label: "then", command: "devpm dev" };
  switch (failure.kind) {
    case "port":
      return {
        ...base,
        code: "DEVPM_SERVICE_PORT_HELD",
        summary: `${service} cannot publish port ${failure.port ?? "it asks for"}: it is taken`,
        evidence: [
          ["holder", holder?.lines ?? "no container of this engine; its process cannot be seen from here"],
          dockerSays,
        ],
        fixes: portFixes(context, failure.port, holder),
      };
    case "image":
      return { ...base, ...imageTexts(context, failure.why), evidence: [["image", imageOf(context)], dockerSays] };
    case "disk":
      return {
        ...base,
        code: "DEVPM_SERVICE_FAILED",
        summary: `${service} cannot start: the disk of the Docker engine is full`,
        evidence: [dockerSays],
        fixes: [
          { label: "see what takes the space", command: "docker system df" },
          { label: "or remove unused images and caches", command: "docker system prune" },
        ],
      };
    case "platform":
      return {
        ...base,
        code: "DEVPM_SERVICE_FAILED",
        summary: `${service} cannot start: its image is built for another architecture`,
        evidence: [["image", imageOf(context)], dockerSays],
        fixes: [
          {
            label: "see which platform it is made for",
            command: `docker image inspect -f '{{.Os}}/{{.Architecture}}' ${imageOf(context)}`,
          },
        ],
      };
    case "network":
      return { ...base, ...withoutNetwork(service, failure.network), evidence: [dockerSays] };
    case "dependency":
    case "lost":
    case "conflict":
    case "other":
      return {
        ...base,
        code: "DEVPM_SERVICE_FAILED",
        summary: `${service} could not be started`,
        evidence: [dockerSays],
        fixes: [{ label: "", command: compose(context, `up -d ${service}`) }, again],
      };
  }
}

const withoutNetwork = (service: string, network: string): Pick<Diagnostic, "code" | "summary" | "fixes"> => ({
  code: "DEVPM_SERVICE_FAILED",
  summary: `${service} cannot start: the network ${network} is not there, and Compose does not make it`,
  fixes: [{ label: "", command: `docker network create ${network} && devpm dev` }],
});

function imageTexts(context: ServiceContext, why: ImageWhy): Pick<Diagnostic, "code" | "summary" | "fixes"> {
  const image = imageOf(context);
  const registry = /^[^/]+[.:][^/]*(?=\/)/.exec(image)?.[0] ?? "";
  const login = `docker login ${registry}`.trim();
  const words: Record<ImageWhy, [string, Fix]> = {
    unknown: [
      "there is no such image",
      {
        label: `correct the image in ${filesOf(context)}, or if it is private`,
        command: `${login} && devpm dev`,
      },
    ],
    denied: ["the registry wants you to log in", { label: "log in", command: `${login} && devpm dev` }],
    offline: ["the registry cannot be reached", { label: "once it can", command: `docker pull ${image} && devpm dev` }],
    limit: [
      "the registry limits how much you may pull",
      { label: "log in, which raises the limit", command: `${login} && devpm dev` },
    ],
    platform: [
      "it does not exist for this machine's processor",
      { label: "under emulation", command: `DOCKER_DEFAULT_PLATFORM=linux/amd64 devpm dev` },
    ],
  };
  const [text, fix] = words[why];
  const without: Fix = { label: "without it", command: "devpm dev --no-infra" };
  // what needs an edit, or a network that is not there, cannot come first
  const isUpToOthers = why === "unknown" || why === "offline";
  return {
    code: "DEVPM_IMAGE_UNAVAILABLE",
    summary: `The image of ${context.service} is not here and cannot be pulled: ${text}`,
    fixes: isUpToOthers ? [without, fix] : [fix, without],
  };
}

function portFixes(context: ServiceContext, port: number | null, holder: PortOwner | null): Fix[] {
  const kafka = probeFor(bodyOf(context) ?? BARE, [])?.kind === "kafka";
  const other = kafka
    ? `or publish another port in ${filesOf(context)}, also in KAFKA_ADVERTISED_LISTENERS, then`
    : `or let Docker choose one in ${filesOf(context)}: ports: ["127.0.0.1::${inside(context, port)}"], then`;
  const first: Fix =
    holder?.container != null
      ? { label: "stop the other container", command: `docker stop ${holder.container}` }
      : {
          label: "see which process holds it",
          command: `lsof -nP -iTCP${port === null ? "" : `:${port}`} -sTCP:LISTEN`,
        };
  return [first, { label: other, command: "devpm dev" }];
}

const BARE = { image: null, ports: [] };

const inside = (context: ServiceContext, port: number | null): number | string =>
  bodyOf(context)?.ports.find((p) => p.host === port)?.container ?? "PORT";

const bodyOf = ({ definition, service }: ServiceContext) => definition.services.find((s) => s.service === service);
const imageOf = (context: ServiceContext): string => bodyOf(context)?.image ?? context.service;
export const filesOf = ({ definition }: ServiceContext): string =>
  definition.files.map((f) => f.slice(f.lastIndexOf("/") + 1)).join(" + ");

const logged = (log: readonly string[]): Evidence[] => (log.length > 0 ? [["log", [...log]]] : []);

/** Pure: a duration in words. */
export function age(since: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
