import path from "node:path";
import type { ContainerSummary, DockerEngine } from "../system/docker/types.ts";
import type { Definition, ServiceDefinition } from "./definition.ts";
import { LABELS } from "./observation.ts";

/**
 * Without Compose, the labels of containers it once made from these files still describe them: enough to start them
 * and to find their ports. null: there are none, or not all that are asked for.
 */
export async function withoutCompose(
  engine: DockerEngine,
  files: readonly string[],
  services: readonly string[] | null,
): Promise<Definition | null> {
  const listed = await engine.containers([LABELS.project]);
  return listed.ok ? definitionOf(listed.value, files, services) : null;
}

/** Pure. */
export function definitionOf(
  listed: readonly ContainerSummary[],
  files: readonly string[],
  services: readonly string[] | null,
): Definition | null {
  const folder = path.dirname(files[0] ?? "");
  const ours = listed.filter(({ labels }) => labels[LABELS.folder] === folder && madeFrom(labels, files));
  const name = ours[0]?.labels[LABELS.project];
  if (name === undefined) return null;
  const bodies = ours.map(bodyFrom);
  if (services?.some((service) => !bodies.some((body) => body.service === service))) return null;
  return { name, folder, files: [...files], services: bodies, from: "containers", version: "" };
}

const madeFrom = (labels: ContainerSummary["labels"], files: readonly string[]): boolean =>
  (labels[LABELS.files] ?? "").split(",").includes(files[0] ?? "");

const bodyFrom = ({ labels, image, ports }: ContainerSummary): ServiceDefinition => ({
  service: labels[LABELS.service] ?? "",
  image,
  build: null,
  platform: null,
  pullPolicy: null,
  hash: null,
  ports: ports.map(({ container, host, protocol }) => ({ container, host, protocol })),
  dependsOn: dependencies(labels["com.docker.compose.depends_on"] ?? ""),
  mounts: [],
  environment: {},
});

/** `zookeeper:service_healthy:false,setup:service_completed_successfully:false` */
function dependencies(label: string): ServiceDefinition["dependsOn"] {
  return label
    .split(",")
    .filter(Boolean)
    .map((entry) => {
      const [service = "", condition] = entry.split(":");
      const known = ["service_healthy", "service_completed_successfully"].find((c) => c === condition);
      return { service, condition: (known ?? "service_started") as "service_started", required: true };
    });
}
