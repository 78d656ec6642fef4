import type { App } from "../model/project.ts";
import type { WatchOptions } from "../plan/watch.ts";
import type { Pm2App } from "../system/pm2.ts";

export interface Launch {
  /** What runs, `$PORT` already filled in, argv[0] as found. */
  argv: string[];
  /** The file that holds the app's whole environment. */
  environmentFile: string;
  /** Folders and files whose changes make PM2 restart it; null: something else reloads it, or nothing does. */
  watch: WatchOptions | null;
}

export interface Pm2Setting {
  launcher: string;
  /** Loaded by node before a script that PM2's own cluster starts. */
  clusterLoader: string;
  namespace: string;
  session: string;
}

/** How often PM2 looks whether what it ended is dead, in ms: a part of every restart. Its default is 100. */
const KILL_RETRY_MS = 8;

/** PM2's own kill comes after ours, in ms: what devpm has ended it can tell. */
const LATER_MS = 250;

/** Ours, over whatever the config says: without them PM2's promises do not hold. */
export function pm2App(app: App, launch: Launch, setting: Pm2Setting): Pm2App {
  return {
    // while developing a crash is one traceback and the next save recovers; a loop would bury it
    autorestart: false,
    ...(launch.watch && launch.watch.paths.length > 0
      ? { watch: launch.watch.paths, ignore_watch: launch.watch.ignore, watch_options: launch.watch.options }
      : { watch: false }),
    ...app.pm2,
    ...command(app, launch, setting),
    name: app.name,
    namespace: setting.namespace,
    cwd: app.cwd,
    kill_timeout: app.graceMs + LATER_MS,
    kill_retry_time: KILL_RETRY_MS,
    treekill: true,
    // output reaches devpm over PM2's bus, and devpm keeps it
    out_file: "/dev/null",
    error_file: "/dev/null",
    pmx: false,
    vizion: false,
  };
}

type CommandOptions = Pick<Pm2App, "script" | "args" | "interpreter" | "env">;

function command(app: App, launch: Launch, { launcher, clusterLoader, session }: Pm2Setting): CommandOptions {
  if (isCluster(app)) return clusterCommand(app, launch, clusterLoader, session);
  return {
    script: launcher,
    args: [launch.environmentFile, ...launch.argv],
    interpreter: "none",
    env: { DEVPM_SESSION: session },
  };
}

/** Several processes on one socket: PM2's own way of running node, which no launcher can stand before. */
function isCluster(app: App): boolean {
  return app.kind === "pm2" && /^cluster(_mode)?$/.test(String(app.pm2.exec_mode));
}

function clusterCommand(
  app: App,
  launch: Launch,
  loader: string,
  session: string,
): CommandOptions & { node_args: string[] } {
  const [, script = "", ...args] = launch.argv;
  const given = app.pm2.node_args;
  const nodeArgs = typeof given === "string" ? given.split(" ") : Array.isArray(given) ? given.map(String) : [];
  return {
    script,
    args,
    interpreter: "node",
    node_args: ["--require", loader, ...nodeArgs],
    env: { DEVPM_SESSION: session, DEVPM_ENVIRONMENT_FILE: launch.environmentFile },
  };
}
