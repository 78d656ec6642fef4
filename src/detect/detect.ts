import { appsOf } from "./apps/apps.ts";
import { commandsOf } from "./commands/all.ts";
import { chooseCompose } from "./compose/choose.ts";
import type { Context } from "./context.ts";
import { containersInCode } from "./environment/containers-in-code.ts";
import { templatesOf } from "./environment/templates.ts";
import { frontEnds } from "./front/apps.ts";
import { configFiles } from "./front/config.ts";
import { expectations } from "./front/expectations.ts";
import { packagesOf } from "./front/packages.ts";
import type { Detected, DetectedInfra, Omitted } from "./model.ts";
import { notesOf } from "./notes/notes.ts";
import { assignPorts } from "./ports/assign.ts";
import { backendsOf } from "./python/backends.ts";
import { pythonFiles } from "./python/code/files.ts";
import { type Outside, readRepository } from "./repository/read.ts";
import type { Repository } from "./repository/snapshot.ts";
import { omittedServices } from "./services/left-out.ts";
import { tasksBefore, tasksOf } from "./tasks/tasks.ts";

/** What a folder holds. Everything is read and nothing is run; it ends within two seconds. */
export async function detect(root: string, outside: Outside): Promise<Detected> {
  return detected(await readRepository(root, outside));
}

/** The same for a repository that is already read, step by step: each knows what those before it found. Pure. */
export function detected(repository: Repository): Detected {
  const { context, omitted } = gather(repository);
  const ports = assignPorts(context);
  const templates = templatesOf(context);
  const found = appsOf(context, ports, templates);
  const tasks = tasksOf(context, found);
  const apps = found.map((app) => ({ ...app, dependsOn: [...app.dependsOn, ...tasksBefore(tasks, app.name)] }));
  return {
    name: repository.name,
    infra: infraOf(context),
    apps,
    tasks,
    templates,
    omitted,
    notes: [...ports.notes, ...notesOf({ ...context, apps, tasks, templates })],
  };
}

/** Python first: of all readers its parser takes the longest, and the time is limited. */
function gather(repository: Repository): { context: Context; omitted: Omitted[] } {
  const commands = commandsOf(repository);
  const files = pythonFiles(repository);
  const python = backendsOf(files, commands);
  const packages = packagesOf(repository);
  const front = frontEnds(repository, packages, commands);
  const { backends } = python;
  const apps = [...backends.map(({ cwd }) => cwd), ...front.found.map((one) => one.package.folder)];
  const composed = chooseCompose(repository, commands, apps);
  const configs = new Map(front.found.map((one) => [one, configFiles(repository, one)]));
  const context: Context = {
    repository,
    commands,
    packages,
    files,
    composed,
    backends,
    fronts: front.found,
    configs,
    expected: new Map([...configs].map(([one, own]) => [one, expectations(repository, one, own)])),
    inCode: new Map(backends.map((one) => [one, composed ? containersInCode(repository, one, composed) : []])),
  };
  return { context, omitted: [...omittedServices(context), ...python.omitted, ...front.omitted] };
}

function infraOf({ composed }: Context): DetectedInfra | null {
  if (!composed || composed.infra.length === 0) return null;
  const [only] = composed.files;
  return {
    compose: composed.files.length === 1 && only !== undefined ? only : composed.files,
    services: composed.infra.map(({ name }) => name),
    evidence: composed.evidence,
  };
}
