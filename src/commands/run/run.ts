import { absentService } from "../../config/absent.ts";
import { loadProject } from "../../config/project-loader.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { ok, type Outcome } from "../../diagnostics/outcome.ts";
import { absentReferences } from "../../infra/references.ts";
import { openInfra } from "../../infra/project-infra.ts";
import { instanceOf } from "../../model/instance.ts";
import { MARK } from "../../model/ownership.ts";
import { appReferences, hasInfra, type App, type Project, type References } from "../../model/project.ts";
import { isUp } from "../../model/service-status.ts";
import { appEnvironment } from "../../plan/environment.ts";
import { locateConfig } from "../../config/find.ts";
import { sharedDataWarning } from "../../plan/shared-data.ts";
import { asRecord } from "../../plan/variables.ts";
import { findExecutable } from "../../system/executables.ts";
import type { Signals } from "../../system/signals.ts";
import { askSession } from "../../system/engine/ask-session.ts";
import type { System } from "../../system/system.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { unknownNames } from "../../config/unknown-names.ts";
import { shellQuote } from "../../util/shell-quote.ts";

export interface RunOptions {
  /** The app or task. */
  app: string;
  command: string[];
  config: string | undefined;
}

/**
 * `devpm run APP -- CMD…`: the command with the app's folder, environment and virtual environment, in this terminal. Its
 * exit code is the command's own. It is the user's, not the session's: it has no mark, and no teardown ends it.
 */
export async function runAs(
  system: System,
  signals: Signals,
  context: CommandContext,
  options: RunOptions,
): Promise<number> {
  const project = await projectOf(system, context, options);
  if (!project.ok) return report(context, project.diagnostics);
  const app = [...project.value.apps, ...project.value.tasks].find(({ name }) => name === options.app);
  if (!app) return report(context, [unknownApp(options, project.value)]);
  const environment = await environmentFor(system, context, project.value, app);
  if (!environment.ok) return report(context, environment.diagnostics);
  const [program = "", ...args] = options.command;
  const file = await findExecutable(system.files, program, environment.value.PATH, app.cwd);
  if (file === null) return report(context, [notFound(app, program)]);
  await context.terminal.err.flushed();
  return system.foreground.run(file, args, { cwd: app.cwd, env: environment.value, signals });
}

/** As the session runs it, if there is one: with the session's ports. */
async function projectOf(system: System, context: CommandContext, { config }: RunOptions): Promise<Outcome<Project>> {
  const request = { cwd: system.environment.cwd, configFile: config };
  const located = await locateConfig(system, request);
  if (!located.ok) return located;
  const instance = instanceOf(located.value.root, system.environment);
  const answer = await askSession(context.system, instance, { op: "status" });
  const status = answer?.ok === true ? answer.status : null;
  const apps = status?.apps ?? [];
  const running = Object.fromEntries(apps.flatMap(({ name, port }) => (port === null ? [] : [[name, port]])));
  const isolated = status === null ? {} : { isolated: status.worktree !== undefined };
  const plain = await loadProject(system, { ...request, ...isolated });
  if (!plain.ok) return plain;
  // an app that was added to the configuration since, or removed from it, has no port there
  const ports = Object.fromEntries(
    plain.value.apps.flatMap(({ name, port }) => {
      const given = running[name];
      return given !== undefined && given !== port ? [[name, given]] : [];
    }),
  );
  return Object.keys(ports).length === 0 ? plain : loadProject(system, { ...request, ...isolated, ports });
}

function unknownApp({ app, command }: RunOptions, { apps, tasks }: Project): Diagnostic {
  const known = [...apps, ...tasks].map(({ name }) => name);
  const unknown = unknownNames([app], known, "run");
  if (!unknown) throw new Error(`${app} is known`);
  const fixes = unknown.fixes.map((fix) => ({ ...fix, command: `${fix.command} -- ${shellQuote(...command)}` }));
  return { ...unknown, fixes };
}

async function environmentFor(
  system: System,
  context: CommandContext,
  project: Project,
  app: App,
): Promise<Outcome<Record<string, string>>> {
  const { shell } = system.environment;
  const { err, out } = context.terminal;
  const { references, why } = await referencesFor(system, project, app);
  const { configFile, root } = project;
  const read = await appEnvironment(system, app, { session: shell[MARK] ?? "", references, configFile });
  if (!read.ok) return read;
  const built = read.value;
  for (const { name, service } of built.unset) print(err, [`note: ${name} is left unset: ${why(service)}`]);
  const shared = sharedDataWarning(root, built.shared);
  await report(context, [...built.warnings, ...(shared ? [shared] : [])]);
  const variables = asRecord(built.variables);
  // an app's own command belongs to the session, any other to the user
  if (shell[MARK] === undefined) delete variables[MARK];
  // devpm reads an app's output and handles colours; a pipe of the user's may not
  if (!out.isTTY && built.variables.some(({ name, source }) => name === "FORCE_COLOR" && source.kind === "default"))
    delete variables.FORCE_COLOR;
  return ok(variables);
}

interface Reached {
  references: References;
  /** Why a service is not reachable. */
  why: (service: string) => string;
}

/** Addresses of what runs: a service that does not run has none. */
async function referencesFor(system: System, project: Project, app: App): Promise<Reached> {
  const apps = appReferences(project);
  const nothing = { apps, services: absentReferences() };
  if (!hasInfra(project) || (typeof app.env !== "function" && !project.isolation))
    return { references: nothing, why: (service) => `${service} is not a service of this project` };
  const infra = openInfra(system, project, { emit: () => {}, signal: new AbortController().signal });
  try {
    const checked = await infra.check();
    const reason = checked.ok
      ? checked.value.absent?.reason
      : checked.diagnostics.map(({ summary }) => summary).join("; ");
    if (reason !== undefined) return { references: nothing, why: (service) => `it needs ${service}, and ${reason}` };
    const down = new Map(infra.statuses().flatMap(({ service, state }) => (isUp(state) ? [] : [[service, state]])));
    const known = infra.references();
    const services = new Proxy(known, {
      get: (target, name: string) => (down.has(name) ? absentService(name) : target[name]),
    });
    return {
      references: { apps, services, ...infra.own() },
      why: (service) => `${service} is ${down.get(service) ?? "not running"}`,
    };
  } finally {
    infra.close();
  }
}

const notFound = (app: App, program: string): Diagnostic => ({
  code: "DEVPM_COMMAND_NOT_FOUND",
  severity: "error",
  summary: `${program} was not found, as ${app.name} sees it`,
  evidence: [
    ["looked in", [...(app.venv === null ? [] : [`${app.venv}/bin`]), "the PATH"]],
    ["from", app.cwd],
  ],
  state: "Nothing was run.",
  fixes: [],
});
