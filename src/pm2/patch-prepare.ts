import type { Pm2App } from "../system/pm2/pm2.ts";

type Done = (error: unknown, started?: unknown) => void;

/** The part of PM2's daemon that starts an app which PM2's client has completed. */
export interface Preparing {
  prepare(app: object, done: Done): unknown;
}

/** PM2's own reading of an app's options; no part of its types. */
export interface Common {
  verifyConfs(apps: Pm2App[]): Pm2App[] | Error;
  resolveAppAttributes(where: { cwd: string; pm2_home: string }, app: Pm2App): Completed;
  mergeEnvironmentVariables(app: Completed, environment: undefined, deploy: object): Record<string, unknown>;
}

interface Completed {
  env: Record<string, unknown>;
  [option: string]: unknown;
}

/**
 * The daemon takes an app as it is written, and checks and completes it as PM2's own `start` does in the client, before its
 * call. The daemon has loaded what that takes; the engine would load it for this alone, before the first app can start. What
 * PM2 throws there reaches the caller: in a call of the daemon it would end the daemon.
 */
export function patchPrepare(god: Preparing, common: Common, home: string): void {
  const { prepare } = god;
  god.prepare = (app, done) => {
    let completed: Completed;
    try {
      completed = complete(common, app as Pm2App, home);
    } catch (error) {
      return done(error);
    }
    return prepare(completed, done);
  };
}

/** Every variable a string. */
function complete(common: Common, app: Pm2App, home: string): Completed {
  const checked = common.verifyConfs([app]);
  if (checked instanceof Error) throw checked;
  const resolved = common.resolveAppAttributes({ cwd: app.cwd, pm2_home: home }, checked[0]!);
  resolved.env.PM2_HOME = home;
  const { current_conf: _, ...env } = common.mergeEnvironmentVariables(resolved, undefined, {});
  // PM2 notes there which folder it has completed an app for
  delete process.env.PWD;
  return { ...resolved, env };
}
