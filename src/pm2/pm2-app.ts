import type { App } from "../model/project.ts";
import type { WatchOptions } from "../plan/watch.ts";
import type { Pm2App } from "../system/pm2.ts";

/** What PM2 is to run for an app. */
export type Pm2Command = Pick<Pm2App, "script" | "args" | "interpreter" | "env"> & { node_args?: string[] };

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
