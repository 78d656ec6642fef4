import path from "node:path";
import type { App, Project } from "../model/project.ts";
import { startOrder } from "../util/graph.ts";
import { argvOf } from "./command.ts";
import { watchOptions } from "./watch.ts";

/** A plain PM2 ecosystem: what `pm2 start FILE` takes, with nothing of devpm's in it. */
export interface Pm2Ecosystem {
  apps: Record<string, unknown>[];
}

export interface Rendering {
  project: Project;
  /** Each app's own variables: what the shell has is PM2's to hand on. */
  variables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Where each app's program is; one that was not found is left for PM2 to look up. */
  programs: Readonly<Record<string, string>>;
}

/**
 * Each app as PM2 runs it by itself. What PM2 has no word for is lost: the order of the start, readiness, warm reload
 * (PM2's watch takes its place), one traceback for a burst of saves.
 */
export function ecosystem({ project, variables, programs }: Rendering): Pm2Ecosystem {
  // PM2 starts them one after the other, in this order
  const order = startOrder(new Map(project.apps.map(({ name, dependsOn }) => [name, dependsOn.apps])));
  const apps = project.apps.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return { apps: apps.map((app) => pm2App(app, project.name, variables[app.name] ?? {}, programs[app.name])) };
}

/** How often PM2 looks whether what it ended is dead, in ms (its default is 100): a part of every restart. */
const KILL_RETRY_MS = 8;

function pm2App(
  app: App,
  namespace: string,
  env: Readonly<Record<string, string>>,
  program: string | undefined,
): Record<string, unknown> {
  return {
    name: app.name,
    namespace,
    cwd: app.cwd,
    ...commandOf(app, program),
    ...watched(app),
    // a crash is one traceback and the next save recovers; PM2's own restarts would print it 16 times
    autorestart: false,
    kill_timeout: app.graceMs,
    kill_retry_time: KILL_RETRY_MS,
    ...app.pm2,
    env,
  };
}

/** PM2 looks for `script` in `cwd` and on its PATH; a file that node runs is named as such. */
function commandOf({ command, port }: App, found: string | undefined): Record<string, unknown> {
  const [program = "", ...args] = argvOf(command, port);
  const [script = "", ...rest] = args;
  if (program === "node" && path.isAbsolute(script)) return { script, args: rest, interpreter: "node" };
  return { script: found ?? program, args, interpreter: "none" };
}

function watched(app: App): Record<string, unknown> {
  if (app.reload === false) return { watch: false };
  const { paths, ignore, options } = watchOptions(app);
  return { watch: paths, ignore_watch: ignore, watch_options: options };
}

export function asJson(rendered: Pm2Ecosystem): string {
  return `${JSON.stringify(rendered, null, 2)}\n`;
}

/** For a file whose name ends in `.config.cjs`: the only CommonJS name that PM2 takes as a configuration. */
export function asCommonJs(rendered: Pm2Ecosystem): string {
  return `// Made by \`devpm render --format cjs\`. Keep it as x.config.cjs, then: pm2 start x.config.cjs
module.exports = ${JSON.stringify(rendered, null, 2)};
`;
}
