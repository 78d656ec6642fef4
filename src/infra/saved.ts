import path from "node:path";
import { isThere, type ServiceStatus } from "../model/service-status.ts";
import { afterQuiet } from "../util/after-quiet.ts";
import { joinWithAnd } from "../util/text.ts";
import { statusesOf, type InfraContext } from "./context.ts";
import type { Definition } from "./definition.ts";
import { composeFilesNow, overridesOf } from "./files.ts";
import { composeFingerprint } from "./fingerprint.ts";
import { isShared } from "./own/shared-project.ts";
import type { InfraReporter } from "./reporter.ts";
import { composeCache, resolveCompose } from "./resolve.ts";
import { select } from "./select.ts";

const QUIET_MS = 100;

/**
 * Reports what a save of the compose file, or of another file that Compose reads for it, changes for containers that were made
 * before, with the command that applies it. Nothing is applied: whether a database is made again is not ours to decide. Containers
 * that are shared with the main checkout are made from its file, so that file counts.
 */
export function followCompose(context: InfraContext, reporter: InfraReporter): void {
  const { system, signal, project } = context;
  if (isShared(project)) return;
  const watched = new Set<string>();
  let looking: Promise<unknown> = Promise.resolve();
  let later = "";
  let last = context.definition;
  const made: Made = new Map();
  const watch = (): void => {
    for (const file of filesRead(context)) {
      if (watched.has(file)) continue;
      watched.add(file);
      system.files.watch(file, soon, signal);
    }
  };
  // one after another: a save may come while Compose reads the one before
  const soon = afterQuiet(system.clock, QUIET_MS, signal, () => (looking = looking.then(look)));
  const look = async (): Promise<void> => {
    watch();
    const fresh = await resolvedAgain(context);
    if (fresh === null || signal.aborted) return;
    const before = later;
    later = nextTime(context, fresh);
    if (later !== "" && later !== before)
      context.emit({ event: "notice", text: `takes effect at the next devpm dev: ${later}` });
    await adopt(context, fresh, reporter);
    for (const status of givenOtherwise(context, made, last, fresh)) reporter.drifted(status, context.definition);
    last = fresh;
    // what a new override file mentions
    watch();
  };
  watch();
}

/**
 * Every file that Compose may read for these files and that is there; also the `.env` and the override file, which may be made
 * later.
 */
function filesRead({ system, definition, request }: InfraContext): string[] {
  const files = overridesOf(request.files);
  const { shell } = system.environment;
  composeFingerprint({ files: definition.files, services: request.services, shell, compose: "" }, (file) => {
    const text = system.compose.read(file);
    if (typeof text === "string" || (text === null && path.basename(file) === ".env")) files.push(file);
    return text;
  });
  return files;
}

/** null: the files cannot be used, which has been reported. */
async function resolvedAgain(context: InfraContext): Promise<Definition | null> {
  const { system, definition, request, project, signal, emit } = context;
  const { as: name = null } = definition;
  const files = await composeFilesNow(request.files, definition.files, system.files);
  const cacheFile = composeCache(project, system.environment);
  const resolved = await resolveCompose({ files, services: request.services, cacheFile, name, signal }, system);
  if (resolved.ok) return resolved.value.kind === "resolved" ? resolved.value.definition : null;
  if (signal.aborted) return null;
  const [problem] = resolved.diagnostics;
  const why = [problem?.summary, ...(problem?.excerpt ?? []).slice(0, 1)].join(": ");
  emit({ event: "notice", text: `${why}; the containers run as they were made` });
  return null;
}

/** Services that come or go with a new session. */
function nextTime({ services, request, project }: InfraContext, fresh: Definition): string {
  const known = new Set(fresh.services.map(({ service }) => service));
  return joinWithAnd([
    ...select(fresh, request.services, project.apps)
      .services.filter((service) => !services.includes(service))
      .map((service) => `the service ${service} is new`),
    ...services.filter((service) => !known.has(service)).map((service) => `the service ${service} is gone`),
  ]);
}

/** From now on the state of each service tells whether its container is made from the file as it is now. */
async function adopt(context: InfraContext, fresh: Definition, reporter: InfraReporter): Promise<void> {
  const { definition, containers } = context;
  const hashes = new Map(fresh.services.map(({ service, hash }) => [service, hash]));
  const services = definition.services.map((one) => ({ ...one, hash: hashes.get(one.service) ?? one.hash }));
  const changed = services.filter(({ hash }, index) => hash !== definition.services[index]?.hash);
  // a container is probed and waited for as the file says that it was made from
  context.definition = { ...definition, services, files: fresh.files, version: fresh.version };
  const names = new Set(changed.map(({ service }) => service));
  for (const status of statusesOf(context)) if (names.has(status.service)) reporter.drifted(status, context.definition);
  if (names.size > 0) await containers.refresh();
}

/** By service: its container, and what that was made with. */
type Made = Map<string, { container: string | undefined; given: string }>;

/**
 * Services with an `env_file`, for which there is no hash (resolve.ts): only what devpm knows of them is compared. A change that is
 * undone is no change.
 */
function givenOtherwise(context: InfraContext, made: Made, last: Definition, fresh: Definition): ServiceStatus[] {
  if (last.from !== fresh.from) return [];
  const given = ({ services }: Definition, name: string): string | null => {
    const found = services.find(({ service }) => service === name);
    if (found === undefined || found.hash !== null) return null;
    const { image, platform, ports, mounts, environment } = found;
    return JSON.stringify([image, platform, ports, mounts, environment]);
  };
  return statusesOf(context)
    .filter(({ service, state }) => {
      const [before, now] = [given(last, service), given(fresh, service)];
      if (!isThere(state) || before === null || now === null) return false;
      const container = context.containers.snapshot()?.get(service)?.container.id;
      if (made.get(service)?.container !== container) made.set(service, { container, given: before });
      return before !== now && made.get(service)?.given !== now;
    })
    .map((status) => ({ ...status, drift: true, reason: "what it is made with has changed" }));
}
