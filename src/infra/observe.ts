import type { ContainerSummary, DockerEngine, Reply } from "../system/docker/types.ts";
import type { Definition } from "./definition.ts";
import { LABELS, type Observation } from "./observation.ts";

/** What the engine reports about each service; services without a container are not in it. */
export type Snapshot = ReadonlyMap<string, Observation>;

/** One listing of the compose project, and an inspection of each container that counts. Starts nothing. */
export async function observe(
  engine: DockerEngine,
  project: string,
  services: readonly string[],
): Promise<Reply<Snapshot>> {
  const listed = await engine.containers([`${LABELS.project}=${project}`]);
  if (!listed.ok) return listed;
  const chosen = serviceContainers(listed.value, services);
  const entries = await Promise.all(
    [...chosen].map(async ([service, container]) => {
      const details = await engine.inspect(container.id);
      return [service, { container, details: details.ok ? details.value : null }] as const;
    }),
  );
  return { ok: true, value: new Map(entries) };
}

/** Pure: the container of each service: never a `compose run`, and of a scaled service the first. */
export function serviceContainers(
  listed: readonly ContainerSummary[],
  services: readonly string[],
): Map<string, ContainerSummary> {
  const chosen = new Map<string, ContainerSummary>();
  const byNumber = listed
    .filter(({ labels }) => labels[LABELS.oneOff]?.toLowerCase() !== "true")
    .toSorted((a, b) => Number(a.labels[LABELS.number] ?? 1) - Number(b.labels[LABELS.number] ?? 1));
  for (const container of byNumber) {
    const service = container.labels[LABELS.service] ?? "";
    if (services.includes(service) && !chosen.has(service)) chosen.set(service, container);
  }
  return chosen;
}

/** Pure: containers of a compose project of the same name that another folder made. */
export function foreignContainers(snapshot: Snapshot, definition: Definition): Map<string, string> {
  const found = new Map<string, string>();
  for (const [service, { container }] of snapshot) {
    const folder = container.labels[LABELS.folder];
    if (folder && folder !== definition.folder) found.set(service, folder);
  }
  return found;
}
