import path from "node:path";
import { loadProject } from "../../config/project-loader.ts";
import { ok, type Outcome } from "../../diagnostics/outcome.ts";
import { detection } from "../../detect/detection.ts";
import type { App, Project, References } from "../../model/project.ts";
import { type AppEnvironment, appEnvironment } from "../../plan/environment.ts";
import { type Variable, asRecord } from "../../plan/variables.ts";
import { asCommonJs, asJson, ecosystem } from "../../pm2/ecosystem.ts";
import { findExecutable } from "../../system/executables.ts";
import type { System } from "../../system/system.ts";
import { type CommandContext, distinct, report } from "../shared/context.ts";
import { referencesOf } from "../shared/references.ts";

export interface RenderOptions {
  format: "json" | "cjs";
  config?: string;
}

/** `devpm render`: prints the plain PM2 ecosystem on stdout, what it omits on stderr. Starts nothing. */
export async function render(system: System, context: CommandContext, options: RenderOptions): Promise<number> {
  const loaded = await loadProject(
    system,
    { cwd: system.environment.cwd, configFile: options.config },
    detection(system),
  );
  if (!loaded.ok) return report(context, loaded.diagnostics);
  const project = loaded.value;
  const references = await referencesOf(system, context, project);
  const environments = await perApp(project, (app) => ownVariables(system, project, app, references));
  const wrong = Object.values(environments).flatMap((built) => (built.ok ? [] : built.diagnostics));
  if (wrong.length > 0) return report(context, wrong);
  const built = Object.entries(environments).flatMap(([name, one]) => (one.ok ? [{ name, ...one.value }] : []));
  const variables = Object.fromEntries(built.map((one) => [one.name, asRecord(one.variables)]));
  const programs = await perApp(project, (app) => programOf(system, app));
  const rendered = ecosystem({ project, variables, programs: withoutNull(programs) });
  context.terminal.out.write(options.format === "cjs" ? asCommonJs(rendered) : asJson(rendered));
  const warnings = distinct(built.flatMap((one) => one.warnings));
  return report(context, warnings);
}

/**
 * Without the shell's variables (PM2 passes its own) and without those that need a session. PM2 lets these override the
 * shell: a file's variable would give way to the shell's, which PM2 cannot express, so the file's value is rendered.
 */
async function ownVariables(
  { files, environment }: System,
  project: Project,
  app: App,
  references: References,
): Promise<Outcome<AppEnvironment>> {
  const facts = { session: "", references, configFile: project.configFile };
  const now = await appEnvironment({ files, environment }, app, facts);
  if (!now.ok) return now;
  const inFiles = new Set(now.value.variables.filter(isInFile).map(({ name }) => name));
  const shell = Object.fromEntries(Object.entries(environment.shell).filter(([name]) => !inFiles.has(name)));
  const built = await appEnvironment({ files, environment: { ...environment, shell } }, app, facts);
  if (!built.ok) return built;
  const variables = built.value.variables.filter(({ name, source }) => source.kind !== "shell" && !OURS.has(name));
  return ok({ ...built.value, variables });
}

const isInFile = ({ source, overrides }: Variable): boolean =>
  [source, ...overrides].some(({ kind }) => kind === "file");

const OURS = new Set(["DEVPM", "DEVPM_SESSION", "DEVPM_APP"]);

/** In the app's venv first, even if set-up has not created it yet. */
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
