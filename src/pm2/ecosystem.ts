import path from "node:path";
import type { App, Project } from "../model/project.ts";
import { startOrder } from "../util/graph.ts";
import { argvOf } from "../plan/command.ts";
import { watchOptions } from "../plan/watch.ts";
import type { Pm2App } from "../system/pm2/pm2.ts";
import { clusterFile, isCluster, nodeArgsIn, pm2App, type Pm2Command } from "./pm2-app.ts";
import { runnable } from "./through-env.ts";

/** A plain PM2 ecosystem: what `pm2 start FILE` takes, with nothing of devpm's in it. */
export interface Pm2Ecosystem {
  apps: Pm2App[];
}

export interface Rendering {
  project: Project;
  /** Each app's own variables: what the shell has is PM2's to hand on. */
  variables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Where each app's program is; one that was not found is left for PM2 to look up. */
  programs: Readonly<Record<string, string>>;
}

/**
 * Each app as PM2 runs it by itself. What PM2 has no option for is lost: the order of the start, readiness, warm reload
 * (PM2's watch takes its place), one traceback for a burst of saves.
 */
export function ecosystem({ project, variables, programs }: Rendering): Pm2Ecosystem {
  // PM2 starts them one after the other, in this order
  const order = startOrder(new Map(project.apps.map(({ name, dependsOn }) => [name, dependsOn.apps])));
  const apps = project.apps.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return {
    apps: apps.map((app) => {
      const command = { ...commandOf(app, programs[app.name]), env: { ...variables[app.name] } };
      return pm2App(app, project.name, command, app.reload === false ? null : watchOptions(app));
    }),
  };
}

/** PM2 looks for `script` in `cwd` and on its PATH; a file that node runs is named as such. */
function commandOf(app: App, found: string | undefined): Omit<Pm2Command, "env"> {
  const [program = "", ...args] = argvOf(app.command, app.port);
  const [script = "", ...rest] = args;
  const clustered = isCluster(app) && path.basename(program) === "node" ? clusterFile(args) : null;
  if (clustered !== null) {
    const { file, flags, rest: own } = clustered;
    // PM2 looks for it in `cwd`; a space in it would make it a shell command
    return {
      script: path.relative(app.cwd, path.resolve(app.cwd, file)),
      args: own,
      interpreter: "node",
      ...nodeArgs(app, flags),
    };
  }
  if (program === "node" && path.isAbsolute(script) && !script.includes(" "))
    return { script, args: rest, interpreter: "node" };
  const runs = found ?? program;
  // PM2 takes a script with a space in it for a shell command
  if (runs.includes(" ")) return { script: "/usr/bin/env", args: runnable([runs, ...args]), interpreter: "none" };
  return { script: runs, args, interpreter: "none" };
}

const nodeArgs = ({ pm2 }: App, flags: readonly string[]): { node_args?: string[] } =>
  flags.length === 0 ? {} : { node_args: [...flags, ...nodeArgsIn(pm2)] };

export function asJson(rendered: Pm2Ecosystem): string {
  return `${JSON.stringify(rendered, null, 2)}\n`;
}

/** For a file whose name ends in `.config.cjs`: the only CommonJS name that PM2 takes as a configuration. */
export function asCommonJs(rendered: Pm2Ecosystem): string {
  return `// Made by \`devpm render --format cjs\`. Keep it as x.config.cjs, then: pm2 start x.config.cjs
module.exports = ${JSON.stringify(rendered, null, 2)};
`;
}
