import type { InfraRequest, MovedPort, Project } from "../model/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { DockerEngine } from "../system/docker/types.ts";
import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { withoutCompose } from "./containers.ts";
import type { Definition } from "./definition.ts";
import { composeMissing, nameTaken, serviceUnknown } from "./diagnose-compose.ts";
import { engineUnreachable } from "./diagnose-engine.ts";
import { composeFiles } from "./files.ts";
import { type Snapshot, observe, foreignContainers } from "./observe.ts";
import { composeCache, resolveCompose } from "./resolve.ts";
import { type Selection, select } from "./select.ts";
import type { InfraSystem } from "./context.ts";
import { ownProject, type OwnProject } from "./own/own-project.ts";
import { isShared, sharedName, withoutHashes } from "./own/shared-project.ts";
import { checkoutOf, isSameRepository } from "../checkout/git.ts";

/** An engine that answers, a file that was resolved, and the state of the file's services in the engine. */
export interface Prepared {
  engine: DockerEngine;
  definition: Definition;
  selection: Selection;
  snapshot: Snapshot;
  /** Services whose containers were made from a folder that is gone, and that folder. */
  inherited: ReadonlyMap<string, string>;
  /** Published ports of containers that are a worktree's own. */
  moved: readonly MovedPort[];
}

/** `absent`: the machine cannot run the infra; with `required: false` that is a fact, not a failure. */
export type Preparation =
  | { kind: "ready"; prepared: Prepared }
  | { kind: "absent"; diagnostic: Diagnostic; services: string[] };

/** Finds the engine and resolves the file, at the same time, then reads the state. Starts nothing. */
export async function prepare(
  system: InfraSystem,
  project: Project,
  request: InfraRequest,
  signal: AbortSignal,
): Promise<Outcome<Preparation>> {
  const files = await composeFiles(request.files, system.files);
  const cacheFile = composeCache(project, system.environment);
  const { services } = request;
  const connecting = system.docker.connect(system.environment, system.files, { signal });
  const engineOf = connecting.then((found) => (found.ok ? found.engine : null));
  const resolving = async () => {
    const stack = await stackOf(system, project, { files, signal, engine: engineOf });
    if (!stack.ok) return stack;
    const { moved, ...given } = stack.value;
    const resolved = await resolveCompose({ ...given, services, cacheFile, signal }, system);
    return resolved.ok ? ok({ ...resolved.value, moved }) : resolved;
  };
  const [connection, resolution] = await Promise.all([connecting, resolving()]);
  if (!connection.ok || !resolution.ok) {
    if (connection.ok) connection.engine.close();
    if (!resolution.ok) return resolution;
    const needed =
      services ?? (resolution.value.kind === "resolved" ? named(resolution.value.definition, project) : []);
    const diagnostic = connection.ok ? null : engineUnreachable(connection.attempts, needed, whereFrom(system, files));
    return diagnostic ? ok({ kind: "absent", diagnostic, services: needed }) : failed();
  }
  const { engine } = connection;
  const found =
    resolution.value.kind === "resolved" ? resolution.value.definition : await withoutCompose(engine, files, services);
  const definition = found && isShared(project) ? withoutHashes(found) : found;
  const prepared = definition
    ? await look(system, { engine, definition, request, project, moved: resolution.value.moved })
    : ok<Preparation>(composeAbsent(services ?? [], system));
  if (!prepared.ok || prepared.value.kind === "absent") engine.close();
  return prepared;
}

/** Which files, and under which name: a worktree uses the main checkout's containers, or has its own. */
async function stackOf(
  system: InfraSystem,
  project: Project,
  { files, signal, engine }: { files: string[]; signal: AbortSignal; engine: Promise<DockerEngine | null> },
): Promise<Outcome<Omit<OwnProject, "name"> & { name: string | null }>> {
  const { isolation } = project;
  const own = isolation?.containers
    ? await ownProject(system, project, isolation, { files, signal, engine })
    : ok(null);
  if (!own.ok) return own;
  return ok(own.value ?? { files, name: await sharedName(system, project, files), moved: [] });
}

const composeAbsent = (services: string[], { environment }: InfraSystem): Preparation => ({
  kind: "absent",
  diagnostic: composeMissing(services, environment.platform),
  services,
});

const named = (definition: Definition, { apps }: Project): string[] => select(definition, null, apps).services;

const whereFrom = ({ environment }: InfraSystem, files: readonly string[]) => ({
  files,
  dockerHost: environment.shell.DOCKER_HOST,
  platform: environment.platform,
  user: environment.user,
});

interface Resolved extends Pick<Prepared, "engine" | "definition" | "moved"> {
  request: InfraRequest;
  project: Project;
}

async function look(
  system: InfraSystem,
  { engine, definition, request, project, moved }: Resolved,
): Promise<Outcome<Preparation>> {
  const selection = select(definition, request.services, project.apps);
  const known = definition.services.map((s) => s.service);
  if (selection.unknown.length > 0) return failed(serviceUnknown(selection.unknown, known, definition.files));
  const snapshot = await observe(engine, definition.name, selection.services);
  if (!snapshot.ok) {
    const { url, source } = engine.endpoint;
    const attempts = [{ url, source, fault: snapshot.fault }];
    const where = whereFrom(system, definition.files);
    const diagnostic = engineUnreachable(attempts, selection.services, where);
    return ok({ kind: "absent", diagnostic, services: selection.services });
  }
  const made = await madeElsewhere(system, engine, foreignContainers(snapshot.value, definition), definition);
  // a worktree's own are shared with no other checkout
  if (!project.isolation?.containers) await forgetOwn(system, project, made.others);
  if (made.others.size > 0) return failed(nameTaken(definition.name, definition.folder, made.others));
  const prepared = { engine, definition, selection, snapshot: snapshot.value, inherited: made.gone, moved };
  return ok({ kind: "ready", prepared });
}

/** Containers that another checkout of this repository made are shared with it. */
async function forgetOwn({ files }: InfraSystem, project: Project, others: Map<string, string>): Promise<void> {
  const here = others.size > 0 ? await checkoutOf(files, project.root) : null;
  if (here === null) return;
  for (const [service, folder] of others) {
    const there = await checkoutOf(files, folder);
    const same =
      there?.common === here.common || (isShared(project) && there && (await isSameRepository(files, here, there)));
    if (same) others.delete(service);
  }
}

interface Made {
  /** By a folder that is there, and is another. */
  others: Map<string, string>;
  /** By one that is gone: moved, or deleted with its containers left. */
  gone: Map<string, string>;
}

/** A folder that was moved or reached by another path is not foreign; on another machine folders prove nothing. */
async function madeElsewhere(
  { files }: InfraSystem,
  { endpoint }: DockerEngine,
  folders: ReadonlyMap<string, string>,
  { folder }: Definition,
): Promise<Made> {
  if (endpoint.remote) return { others: new Map(), gone: new Map() };
  const real = await files.realpath(folder);
  const entries = await Promise.all(
    [...folders].map(async ([service, other]) => ({ service, other, at: await files.realpath(other) })),
  );
  const which = (wanted: (at: string | null) => boolean): Map<string, string> =>
    new Map(entries.filter(({ at }) => wanted(at)).map(({ service, other }) => [service, other]));
  return { others: which((at) => at !== null && at !== real), gone: which((at) => at === null) };
}
