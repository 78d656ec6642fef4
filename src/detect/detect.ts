import path from "node:path";
import { commandsOf } from "./commands/all.ts";
import { type Composed, chooseCompose } from "./compose/choose.ts";
import { type FrontEnd, frontEnds } from "./front/apps.ts";
import { type Expectation, configuredPort, expectations } from "./front/config.ts";
import { packagesOf } from "./front/packages.ts";
import { frontName, frontRun } from "./front/run.ts";
import type { Detected, DetectedApp, Evidence } from "./model.ts";
import { backendName, unique } from "./names.ts";
import { notesOf } from "./notes.ts";
import { type Claim, backendPorts, isServiceOf, ownClaims } from "./ports.ts";
import { type Backend, backendsOf } from "./python/backends.ts";
import { pythonFiles } from "./python/index.ts";
import { pythonManager } from "./python/manager.ts";
import { runOf } from "./python/run.ts";
import { readyPath } from "./readiness.ts";
import { type Outside, readRepository } from "./repository/read.ts";
import type { Repository } from "./repository/snapshot.ts";
import { hostVariables, servicesOf } from "./services.ts";
import { templatesOf } from "./templates.ts";
import type { Context } from "./context.ts";

/** What a folder holds. Everything is read and nothing is run; it ends within two seconds. */
export async function detect(root: string, outside: Outside): Promise<Detected> {
  return detected(await readRepository(root, outside));
}

/** The same of a repository that is read already: pure. */
export function detected(repository: Repository): Detected {
  const commands = commandsOf(repository);
  const packages = packagesOf(repository);
  const files = pythonFiles(repository);
  const composed = chooseCompose(repository, commands);
  const fronts = frontEnds(repository, packages, commands);
  const { backends, omitted } = backendsOf(files, commands);
  const context: Context = { repository, commands, packages, files, composed, backends, fronts: fronts.found };
  const ports = portsOf(context);
  const apps = appsOf(context, ports);
  const infra =
    composed && composed.infra.length > 0
      ? {
          compose: composed.files.length === 1 ? (composed.files[0] ?? "") : composed.files,
          services: composed.infra.map(({ name }) => name),
          evidence: composed.evidence,
        }
      : null;
  const folders = [
    ...apps.map(({ cwd }) => cwd),
    ...backends.map(({ home }) => home),
    ...(composed?.files ?? []).map((file) => path.posix.dirname(file)),
  ];
  const templates = templatesOf(repository, commands, composed, folders);
  return {
    name: repository.name,
    infra,
    apps,
    templates,
    omitted: [...(composed?.omitted ?? []), ...omitted, ...fronts.omitted],
    notes: [...ports.notes, ...notesOf(context, apps, templates)],
  };
}

function appsOf(context: Context, ports: Ports): DetectedApp[] {
  const services = new Set(context.composed?.infra.map(({ name }) => name));
  const backends = context.backends.map((one) => backendApp(context, one, ports.backends.get(one)));
  const fronts = context.fronts.map((one) => frontApp(context, one, ports.fronts.get(one)));
  const named = unique([...backends, ...fronts], services);
  const ends = named.slice(0, backends.length);
  return named.map((app, index) =>
    index < backends.length
      ? app
      : { ...app, dependsOn: behind(context, context.fronts[index - backends.length], ends) },
  );
}

/** The backends that a front end talks to: those whose ports it names, else all of them. */
function behind({ repository }: Context, front: FrontEnd | undefined, backends: readonly DetectedApp[]): string[] {
  const ports = new Set(front ? expectations(repository, front).map(({ port }) => port) : []);
  const named = backends.filter(({ port }) => ports.has(port));
  return (named.length > 0 ? named : backends).map(({ name }) => name);
}

function backendApp(
  { repository, files, composed, backends }: Context,
  backend: Backend,
  claim: Claim | undefined,
): DetectedApp {
  const manager = pythonManager(
    repository,
    backend.home,
    backend.targets.flatMap(({ said }) => said.runner ?? []),
  );
  const env = hostVariables(repository, backend, composed);
  const ready = readyPath(files, backend, composed);
  return {
    name: backendName(backend.cwd, backend.home, backends.length === 1),
    cwd: backend.cwd,
    ...runOf(repository, backend, manager),
    port: claim?.port ?? 0,
    dependsOn: servicesOf(repository, backend, composed),
    ...(ready === null ? {} : { ready }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    packageManager: manager,
    evidence: distinct([...backend.evidence, ...(claim ? [claim.evidence] : [])]),
  };
}

function frontApp({ repository, packages }: Context, front: FrontEnd, port: FrontPort | undefined): DetectedApp {
  return {
    name: frontName(front),
    cwd: front.package.folder,
    ...frontRun(repository, packages, front),
    port: port?.port ?? front.tool.port,
    dependsOn: [],
    packageManager: front.manager,
    evidence: [front.evidence, ...(port?.evidence ? [port.evidence] : [])],
  };
}

const distinct = (evidence: readonly Evidence[]): Evidence[] =>
  evidence.filter(
    ({ file, line }, index) => evidence.findIndex((one) => one.file === file && one.line === line) === index,
  );

interface FrontPort {
  port: number;
  evidence: Claim["evidence"] | null;
}

interface Ports {
  backends: Map<Backend, Claim>;
  fronts: Map<FrontEnd, FrontPort>;
  /** What gave way to another one on the same number. */
  notes: string[];
}

/** Each port once: what says its port itself keeps it, a default gives way to the next free number. */
function portsOf({ repository, commands, composed, backends, fronts }: Context): Ports {
  const configured = new Map(fronts.map((front) => [front, configuredPort(repository, front)]));
  const own = new Map(backends.map((one) => [one, ownClaims(one, commands, repository, composed)]));
  const hints: Expectation[] = fronts.flatMap((front) =>
    expectations(repository, front).filter(({ port }) => port !== (configured.get(front)?.port ?? front.tool.port)),
  );
  const claims = backendPorts(backends, own, hints, otherPorts(composed, fronts));
  const taken = new Set<number>();
  const notes: string[] = [];
  const free = (port: number, cwd: string): number => {
    let at = port;
    while (taken.has(at)) at++;
    taken.add(at);
    if (at !== port) notes.push(`the app in ${cwd} gets port ${at}: another one has ${port}`);
    return at;
  };
  const firm = [...claims].toSorted(([, a], [, b]) => a.rank - b.rank);
  const settled = new Map(firm.map(([backend, claim]) => [backend, { ...claim, port: free(claim.port, backend.cwd) }]));
  const order = fronts.toSorted((a, b) => Number(configured.get(a) === null) - Number(configured.get(b) === null));
  const fronted = new Map(
    order.map((front): [FrontEnd, FrontPort] => [
      front,
      {
        port: free(configured.get(front)?.port ?? front.tool.port, front.package.folder),
        evidence: configured.get(front)?.evidence ?? null,
      },
    ]),
  );
  return { backends: settled, fronts: fronted, notes };
}

/** Published ports that are no backend's: those of stores, and of the front ends' own containers. */
function otherPorts(composed: Composed | null, fronts: readonly FrontEnd[]): Set<number> {
  const pages = (composed?.apps ?? []).filter((service) =>
    fronts.some(({ package: { folder } }) => folder !== "." && isServiceOf(service, folder, folder)),
  );
  return new Set(
    [...(composed?.infra ?? []), ...pages].flatMap(({ ports }) => ports.flatMap(({ host }) => host ?? [])),
  );
}
