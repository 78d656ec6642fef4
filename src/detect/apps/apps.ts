import path from "node:path";
import type { Context } from "../context.ts";
import type { FrontEnd } from "../front/apps.ts";
import { frontName, frontRun } from "../front/run.ts";
import { containerEnvFiles } from "../environment/container-env-files.ts";
import type { DetectedApp, EvidencePlace, Template } from "../model.ts";
import { backendName, unique } from "./names.ts";
import type { FrontPort, AssignedPorts } from "../ports/assign.ts";
import type { RankedPort } from "../ports/rank.ts";
import type { Backend } from "../python/backend.ts";
import { installersOf, pythonManager } from "../python/requirements/manager.ts";
import { runOf } from "../python/run.ts";
import { readyPath } from "./readiness.ts";
import { hostVariables } from "../environment/host-variables.ts";
import { servicesOf } from "../services/needed.ts";

/** The apps of a repository, named, each with its port and what it depends on. */
export function appsOf(context: Context, ports: AssignedPorts, templates: readonly Template[]): DetectedApp[] {
  const services = new Set(context.composed?.infra.map(({ name }) => name));
  const backends = context.backends.map((one) => backendApp(context, one, ports.backends.get(one), templates));
  const fronts = context.fronts.map((one) => frontApp(context, one, ports.fronts.get(one)));
  const named = unique([...backends, ...fronts], services);
  const ends = named.slice(0, backends.length);
  return named.map((app, index) =>
    index < backends.length
      ? app
      : { ...app, dependsOn: behind(context, context.fronts[index - backends.length], ends) },
  );
}

/** The backends that a front end talks to: those whose ports it names, else those of its project. */
function behind(
  { expected, fronts }: Context,
  front: FrontEnd | undefined,
  backends: readonly DetectedApp[],
): string[] {
  const ports = new Set((front && expected.get(front))?.map(({ port }) => port));
  const named = backends.filter(({ port }) => ports.has(port));
  return (named.length > 0 ? named : besideIt(front, fronts, backends)).map(({ name }) => name);
}

/** Where each backend lies beside a front end in a folder that holds both (`shop/api`, `shop/web`), those beside this one; else all. */
function besideIt(
  front: FrontEnd | undefined,
  fronts: readonly FrontEnd[],
  backends: readonly DetectedApp[],
): readonly DetectedApp[] {
  const liesIn = (project: string) => (app: DetectedApp) => app.cwd.startsWith(`${project}/`);
  const projectOf = (one: FrontEnd): string => path.posix.dirname(one.package.folder);
  const arePaired = backends.every((app) => fronts.some((one) => liesIn(projectOf(one))(app)));
  const own = front && arePaired ? backends.filter(liesIn(projectOf(front))) : [];
  return own.length > 0 ? own : backends;
}

function backendApp(
  context: Context,
  backend: Backend,
  claim: RankedPort | undefined,
  templates: readonly Template[],
): DetectedApp {
  const { repository, commands, backends } = context;
  const manager = pythonManager(repository, backend.home, [
    ...backend.targets.flatMap(({ command }) => command.runner ?? []),
    ...installersOf(commands, backend.home),
  ]);
  const envFiles = containerEnvFiles(context, backend, templates);
  const env = {
    ...(backend.pythonPath === null ? {} : { PYTHONPATH: [backend.pythonPath] }),
    ...hostVariables(context, backend, envFiles),
  };
  const ready = readyPath(context, backend);
  return {
    name: backendName(backend.cwd, backend.home, backends.length === 1),
    cwd: backend.cwd,
    ...runOf(repository, backend, manager),
    port: claim?.port ?? 0,
    dependsOn: servicesOf(context, backend),
    ...(ready === null ? {} : { ready }),
    ...(envFiles.length === 0 ? {} : { envFile: envFiles.map(({ file }) => file) }),
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

const distinct = (evidence: readonly EvidencePlace[]): EvidencePlace[] =>
  evidence.filter(
    ({ file, line }, index) => evidence.findIndex((one) => one.file === file && one.line === line) === index,
  );
