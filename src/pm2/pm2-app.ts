import type { App } from "../model/project.ts";
import type { WatchOptions } from "../plan/watch.ts";
import type { Pm2App } from "../system/pm2/pm2.ts";

/** What PM2 is to run for an app. */
export type Pm2Command = Pick<Pm2App, "script" | "args" | "interpreter" | "env"> & { node_args?: string[] };

/**
 * Several processes on one socket, which is PM2's own way of running node: it takes the file, never the program. `args`:
 * the words after `node`; null: they name no file.
 */
export function clusterFile(
  args: readonly string[],
): { file: string; flags: readonly string[]; rest: string[] } | null {
  let at = 0;
  while (args[at]?.startsWith("-")) at += VALUED.has(args[at] ?? "") ? 2 : 1;
  const file = args[at];
  return file === undefined ? null : { file, flags: args.slice(0, at), rest: args.slice(at + 1) };
}

/** Flags of node whose value is the next word. */
const VALUED = new Set([
  ...[
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "--env-file",
    "--env-file-if-exists",
    "-C",
    "--conditions",
  ],
  ...["--disable-warning", "--unhandled-rejections", "--title", "--watch-path"],
]);

export const isCluster = ({ pm2 }: Pick<App, "pm2">): boolean => /^cluster(_mode)?$/.test(String(pm2.exec_mode));

/** PM2 takes a line or its words. */
export function nodeArgsIn({ node_args: given }: App["pm2"]): string[] {
  return typeof given === "string" ? given.split(" ") : Array.isArray(given) ? given.map(String) : [];
}

/** How often PM2 checks whether what it ended is dead, in ms: a part of every restart. Its default is 100. */
const KILL_RETRY_MS = 8;

/**
 * An app as PM2 runs it, by itself (`devpm render`) and in a session. `watch`: what makes PM2 restart it; null where
 * something else reloads it, or nothing does.
 */
export function pm2App(app: App, namespace: string, command: Pm2Command, watch: WatchOptions | null): Pm2App {
  return {
    // while developing a crash is one traceback and the next save recovers; a restart loop would hide it
    autorestart: false,
    ...(watch && watch.paths.length > 0
      ? { watch: watch.paths, ignore_watch: watch.ignore, watch_options: watch.options }
      : { watch: false }),
    kill_timeout: app.graceMs,
    ...app.pm2,
    ...command,
    name: app.name,
    namespace,
    cwd: app.cwd,
    kill_retry_time: KILL_RETRY_MS,
  };
}
