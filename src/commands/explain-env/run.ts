import path from "node:path";
import { detection } from "../../detect/detection.ts";
import { loadProject } from "../../config/project-loader.ts";
import type { App, Project } from "../../model/project.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { appEnvironment, type AppEnvironment } from "../../plan/environment.ts";
import { isPlain } from "../../plan/secrecy.ts";
import { strongestFirst } from "../../plan/variables.ts";
import type { System } from "../../system/system.ts";
import { type Outcome, failed } from "../../diagnostics/outcome.ts";
import { print, printJson, report, type CommandContext, colorsFor } from "../shared/context.ts";
import { unknownNames } from "../../config/unknown-names.ts";
import { referencesOf } from "../shared/references.ts";
import { currentStatus } from "../status/run.ts";

export interface ExplainEnvOptions {
  app: string;
  /** Variables whose values are shown although they may be secrets; empty: all of them; null: none. */
  show: readonly string[] | null;
  json: boolean;
  config?: string;
}

/**
 * `devpm explain-env APP`: the environment the app has, or would have if it were started now, with the source of each
 * variable. Starts nothing. Values are hidden unless they are clearly harmless or requested.
 */
export async function explainEnv(system: System, context: CommandContext, options: ExplainEnvOptions): Promise<number> {
  const { session, apps: running, worktree } = await currentStatus(context, await context.instance());
  const ports = session === null ? [] : running.flatMap(({ name, port }) => (port === null ? [] : [[name, port]]));
  const request = {
    cwd: system.environment.cwd,
    ports: Object.fromEntries(ports) as Record<string, number>,
    configFile: options.config,
    ...(session === null ? {} : { isolated: worktree !== undefined }),
  };
  const loaded = await loadProject(system, request, detection(system));
  if (!loaded.ok) return report(context, loaded.diagnostics);
  const project = loaded.value;
  const names = project.apps.map(({ name }) => name);
  const app = project.apps.find(({ name }) => name === options.app);
  if (!app) {
    const unknown = unknownNames([options.app], names, "explain-env");
    return report(context, unknown ? [unknown] : []);
  }
  const built = await environmentOf(system, context, { project, app, session: session?.id ?? "" });
  if (!built.ok) return report(context, built.diagnostics);
  const leftAlone = await unread(system, app, project.root);
  const shown = strongestFirst(built.value.variables).map((variable) => {
    const isShown = isPlain(variable) || options.show?.length === 0 || options.show?.includes(variable.name) === true;
    return { ...variable, shown: isShown };
  });
  const { unset, warnings } = built.value;
  if (options.json) {
    const variables = shown.map(({ name, value, source, overrides, shown: isShown }) => {
      return { name, value: isShown ? value : null, masked: !isShown, length: value.length, from: source, overrides };
    });
    printJson(context, { app: app.name, variables, unset, leftAlone, warnings });
    return 0;
  }
  const { environmentLines } = await import("../../ui/environment.ts");
  const explained = { app: app.name, root: project.root, variables: shown, unset, leftAlone };
  print(
    context.terminal.out,
    environmentLines(explained, context.terminal.out.columns, await colorsFor(context, "out")),
  );
  return report(context, warnings);
}

async function environmentOf(
  system: System,
  context: CommandContext,
  { project, app, session }: { project: Project; app: App; session: string },
): Promise<Outcome<AppEnvironment>> {
  const references = await referencesOf(system, context, project);
  const built = await appEnvironment(system, app, { session, references, configFile: project.configFile });
  return built.ok ? built : failed(...built.diagnostics.map(stateless));
}

/** Nothing is started by an explanation, so that nothing was is no news. */
function stateless(diagnostic: Diagnostic): Diagnostic {
  const { state: _, ...others } = diagnostic;
  return others;
}

const TEMPLATE = /example|sample|template|dist$/;

/** Environment files in the folder of the app or the configuration that devpm leaves to programs that read them. */
async function unread({ files }: System, { cwd, envFiles }: App, root: string): Promise<string[]> {
  const found = await Promise.all(
    [...new Set([root, cwd])].map(async (folder) =>
      (await files.list(folder))
        .filter((name) => /^\.(?:env|flaskenv)(?:\.|$)/.test(name) && !TEMPLATE.test(name))
        .map((name) => path.join(folder, name)),
    ),
  );
  return found.flat().filter((file) => !envFiles.includes(file));
}
