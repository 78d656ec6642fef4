import { isUp } from "../../model/service-status.ts";
import path from "node:path";
import { loadProject } from "../../config/project-loader.ts";
import { detection } from "../../detect/detection.ts";
import { appReferences, type App, type Project, type References } from "../../model/project.ts";
import { openInfra } from "../../infra/infra.ts";
import { asCommonJs, asJson, ecosystem } from "../../pm2/ecosystem.ts";
import { appEnvironment } from "../../plan/environment.ts";
import { findExecutable } from "../../system/executables.ts";
import type { System } from "../../system/system.ts";
import { type CommandContext, print, report } from "../shared/context.ts";

export interface RenderOptions {
  format: "json" | "cjs";
  config?: string;
}

/** `devpm render`: prints the plain PM2 ecosystem on stdout, what it lacks on stderr. Starts nothing. */
export async function render(system: System, context: CommandContext, options: RenderOptions): Promise<number> {
  const loaded = await loadProject(
    system,
    { cwd: system.environment.cwd, configFile: options.config },
    detection(system),
  );
  if (!loaded.ok) return report(context, loaded.diagnostics);
  const project = loaded.value;
  const references = await referencesOf(system, context, project);
  const variables = await perApp(project, (app) => ownVariables(system, app, references));
  const programs = await perApp(project, (app) => programOf(system, app));
  const rendered = ecosystem({ project, variables, programs: withoutNull(programs) });
  context.terminal.out.write(options.format === "cjs" ? asCommonJs(rendered) : asJson(rendered));
  return 0;
}

/** Where services and apps are reached now. A service that does not run has no address: what needs it is left out. */
async function referencesOf(system: System, context: CommandContext, project: Project): Promise<References> {
  const infra = openInfra(system, project, { emit: () => {}, signal: new AbortController().signal });
  try {
    if (project.apps.some(({ env }) => typeof env === "function")) await infra.check();
    const down = infra.statuses().filter(({ state }) => !isUp(state));
    for (const { service, state } of down) {
      print(context.terminal.err, [`note: ${service} is ${state}; variables that need it may be left out`]);
    }
    return { apps: appReferences(project), services: infra.references() };
  } finally {
    infra.close();
  }
}

/** Without the shell's (PM2 hands on its own) and without what only a session of devpm can mean. */
async function ownVariables(
  { files, environment }: System,
  app: App,
  references: References,
): Promise<Record<string, string>> {
  const shell: Record<string, string> = environment.shell.PATH === undefined ? {} : { PATH: environment.shell.PATH };
  const all = await appEnvironment({ files, environment: { ...environment, shell } }, app, { session: "", references });
  const ours = new Set(["DEVPM", "DEVPM_SESSION", "DEVPM_APP", ...(app.venv === null ? ["PATH"] : [])]);
  return Object.fromEntries(Object.entries(all).filter(([name]) => !ours.has(name)));
}

/** In the app's venv first, even where set-up has not made it yet. */
async function programOf(
  { files, environment }: System,
  { command, venv, cwd, toolchain }: App,
): Promise<string | null> {
  const [program = ""] = command.shell ? [] : command.argv;
  if (program === "" || program === "node") return null;
  const inVenv = venv === null ? null : path.join(venv, "bin", program);
  if (inVenv !== null && toolchain === "python" && /^python[\d.]*$/.test(program)) return inVenv;
  const searched = [...(venv === null ? [] : [path.join(venv, "bin")]), environment.shell.PATH ?? ""];
  return findExecutable(files, program, searched.join(path.delimiter), cwd);
}

async function perApp<T>(project: Project, make: (app: App) => Promise<T>): Promise<Record<string, T>> {
  return Object.fromEntries(await Promise.all(project.apps.map(async (app) => [app.name, await make(app)] as const)));
}

const withoutNull = (all: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null));
