import path from "node:path";
import type { App } from "../model/project.ts";
import type { WatchOptions } from "../plan/watch.ts";
import type { Pm2App } from "../system/pm2/pm2.ts";
import { isExportable } from "../util/shell-quote.ts";
import { clusterFile, isCluster, nodeArgsIn, pm2App, type Pm2Command } from "./pm2-app.ts";
import { throughEnv } from "./through-env.ts";

export interface AppLaunch {
  /** What runs, `$PORT` already filled in, argv[0] as found. */
  argv: string[];
  /** The file that holds the app's whole environment. */
  environmentFile: string;
  /** Variables that the file cannot set, each as `NAME=value`. */
  beside?: readonly string[];
  /** The variable that `increment_var` names, with the app's own value: PM2 counts on from there. */
  counted?: Readonly<Record<string, string>>;
  /** Folders and files whose changes make PM2 restart it; null: something else reloads it, or nothing does. */
  watch: WatchOptions | null;
}

export interface SessionAppOptions {
  launcher: string;
  /** For a task: also records how it ended, into its environment file's name with `.exit`. */
  taskLauncher: string;
  /** Loaded by node before a script that PM2's own cluster starts. */
  clusterLoader: string;
  namespace: string;
  session: string;
}

/** PM2's own kill comes this much later than ours, in ms, so that devpm can report what it ended. */
const LATER_MS = 250;

/** Where a task's exit code is written. */
export const exitFileOf = (environmentFile: string): string => `${environmentFile}.exit`;

/** An app of a session: what devpm needs overrides the config, or PM2's guarantees do not hold. */
export function sessionApp(app: App, launch: AppLaunch, options: SessionAppOptions): Pm2App {
  return {
    ...pm2App(app, options.namespace, commandOf(app, launch, options), launch.watch),
    ...(clusters(app, launch) ? {} : { exec_mode: "fork" }),
    kill_timeout: app.graceMs + LATER_MS,
    treekill: true,
    // output reaches devpm over PM2's bus, and devpm keeps it
    out_file: "/dev/null",
    error_file: "/dev/null",
    pmx: false,
    vizion: false,
  };
}

function commandOf(
  app: App,
  launch: AppLaunch,
  { launcher, taskLauncher, clusterLoader, session }: SessionAppOptions,
): Pm2Command {
  if (clusters(app, launch)) return clusterCommand(app, launch, clusterLoader, session);
  const { environmentFile, beside = [], argv } = launch;
  const isTask = app.kind === "task";
  return {
    // PM2 takes a script with a space in it for a shell command, and the folder that devpm is installed in may have one
    script: "/bin/sh",
    args: [
      isTask ? taskLauncher : launcher,
      environmentFile,
      ...(isTask ? [exitFileOf(environmentFile)] : []),
      ...throughEnv(beside, argv),
    ],
    interpreter: "none",
    env: { DEVPM_SESSION: session, ...counting(app, launch) },
  };
}

/** For an app that runs several times: what PM2 counts up for each process, and from where. */
function counting(app: App, { counted }: AppLaunch): Record<string, string> {
  if (app.pm2.instances === undefined) return {};
  const names = [app.pm2.instance_var ?? "NODE_APP_INSTANCE", app.pm2.increment_var].filter(
    (name) => typeof name === "string" && isExportable(name),
  );
  return { ...counted, DEVPM_COUNTED: names.join(" ") };
}

/** It leaves no place for a launcher. */
const clusters = (app: App, { argv: [program = ""] }: AppLaunch): boolean =>
  isCluster(app) && path.basename(program) === "node";

function clusterCommand(app: App, launch: AppLaunch, loader: string, session: string): Pm2Command {
  const [, ...words] = launch.argv;
  const { file, flags, rest } = clusterFile(words) ?? { file: "", flags: words, rest: [] };
  return {
    // PM2 takes a script with a space in it for a shell command: the folder's may stay out of it
    script: path.relative(app.cwd, path.resolve(app.cwd, file)),
    args: rest,
    interpreter: "node",
    node_args: ["--require", loader, ...flags, ...nodeArgsIn(app.pm2)],
    env: { DEVPM_SESSION: session, DEVPM_ENVIRONMENT_FILE: launch.environmentFile, ...launch.counted },
  };
}
