import { servicePlace } from "../../errors/compose-place.ts";
import { containerFinder } from "../../errors/container.ts";
import type { FaultPlace } from "../../errors/found.ts";
import type { Infra } from "../../infra/infra.ts";
import type { Project } from "../../model/project.ts";
import { isUp } from "../../model/service-status.ts";
import type { System } from "../../system/system.ts";
import type { EventStream } from "../stream.ts";
import type { FaultTracker } from "./fault-tracker.ts";

export interface ContainerFaultsOptions {
  tracker: Pick<FaultTracker, "container">;
  infra: Pick<Infra, "logs" | "statuses">;
  project: Project;
  stream: EventStream;
  stopping: AbortSignal;
}

/** Between the end of a log and its next beginning: while Docker is down every one ends at once. */
const AGAIN_MS = 1_000;

/** Follows the logs of the services that are up, from now on; again when one starts again. */
export function followContainers(
  { clock, files }: Pick<System, "clock" | "files">,
  options: ContainerFaultsOptions,
): void {
  const { tracker, infra, project, stream, stopping } = options;
  const followed = new Set<string>();

  async function follow(service: string, since: Date): Promise<void> {
    followed.add(service);
    const finder = containerFinder();
    const place = await placeOf(files, project, service);
    const log = infra.logs(service, { follow: true, since, signal: stopping }, ({ line, at }) => {
      for (const found of finder.line(line)) tracker.container(service, found, place, new Date(at).toISOString());
    });
    await log.catch(() => {}); // the engine broke it off
    const ended = clock.now();
    await clock.sleep(AGAIN_MS, stopping);
    followed.delete(service);
    // the event that it is up again may have come before its old log ended
    look(ended);
  }

  const look = (since: Date): void => {
    if (stopping.aborted) return;
    for (const { service, state } of infra.statuses())
      if (isUp(state) && !followed.has(service)) void follow(service, since);
  };
  stream.subscribe(({ event }) => {
    if (event === "infra.started" || event === "infra.changed" || event === "infra.recovered") look(clock.now());
  });
  look(clock.now());
}

/** In the last of the compose files that defines it: that one wins. */
async function placeOf(files: System["files"], { infra }: Project, service: string): Promise<FaultPlace | null> {
  const places = await Promise.all(
    (infra?.files ?? []).map(async (file) => {
      const text = await files.read(file).catch(() => null);
      return text === null ? null : servicePlace(file, text, service);
    }),
  );
  return places.findLast((place) => place !== null) ?? null;
}
