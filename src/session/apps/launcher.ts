import path from "node:path";
import { fileURLToPath } from "node:url";
import type { App, References } from "../../model/project.ts";
import { withInstalledVite } from "../../config/vite.ts";
import { argvOf } from "../../plan/command.ts";
import { appEnvironment } from "../../plan/environment.ts";
import { watchOptions } from "../../plan/watch.ts";
import { environmentFile } from "../../pm2/environment-file.ts";
import { sessionApp, type Launch, type SessionAppOptions } from "../../pm2/session-app.ts";
import { preforkCommand } from "../../reload/prefork-command.ts";
import { findExecutable } from "../../system/executables.ts";
import type { Pm2App } from "../../system/pm2.ts";
import type { System } from "../../system/system.ts";
import type { Instance } from "../../model/instance.ts";

const lineOf = ({ name, command }: App): string => JSON.stringify([name, command]);

const ownFile = (name: string): string => fileURLToPath(new URL(`../../pm2/${name}`, import.meta.url));

/** PM2's own channel to what it starts: with it `process.send("ready")` and `wait_ready` of a plain PM2 file work. */
const PM2_CHANNEL = { NODE_CHANNEL_FD: "3", NODE_CHANNEL_SERIALIZATION_MODE: "json" };

export const environmentFileOf = ({ env }: Instance, app: string): string => path.join(env, `${app}.sh`);

export interface Launcher {
  /**
   * Writes the app's environment file (anew at each start, so that a changed .env counts) and says what PM2 is to run.
   * Throws with a sentence for the user where its command cannot be found.
   */
  prepare(app: App, references: References): Promise<Pm2App>;
  /** Its present process keeps Python warm and reports for itself. */
  isWarm(app: string): boolean;
  /** From its next start on PM2 restarts it at each save, for a reason that only its run has shown. */
  keepCold(app: App, reason: string): void;
}

export interface LauncherOptions {
  instance: Instance;
  session: string;
  namespace: string;
  /** One line for the user. */
  say: (text: string) => void;
}

export function createLauncher(system: System, options: LauncherOptions): Launcher {
  const { files, environment } = system;
  const warmApps = new Set<string>();
  const toldCold = new Set<string>();
  /** By app and command line: another command is tried again. */
  const unfit = new Map<string, string>();
  const appOptions: SessionAppOptions = {
    launcher: ownFile("launch.sh"),
    taskLauncher: ownFile("task.sh"),
    clusterLoader: ownFile("load-environment.cjs"),
    namespace: options.namespace,
    session: options.session,
  };

  return {
    isWarm: (app) => warmApps.has(app),
    keepCold: (app, reason) => unfit.set(lineOf(app), reason),
    async prepare(given, references) {
      const app = await withInstalledVite(given, options.instance.root, files);
      const variables = await appEnvironment(system, app, { session: options.session, references });
      const plain = await found(app, argvOf(app.command, app.port), variables.PATH);
      const warm = app.reload === "warm" ? await keptWarm(app, plain) : null;
      if (warm) warmApps.add(app.name);
      else warmApps.delete(app.name);
      const file = environmentFileOf(options.instance, app.name);
      const supervisor = { DEVPM_SOCKET: options.instance.socket, DEVPM_CACHE: options.instance.cache };
      await files.write(
        file,
        environmentFile({ ...variables, ...(warm ? supervisor : {}), ...(app.kind === "pm2" ? PM2_CHANNEL : {}) }),
      );
      const launch: Launch = {
        argv: warm ?? plain,
        environmentFile: file,
        // a DEVPM_HOME inside the project would restart the app at each of devpm's own writes
        watch:
          app.reload === false || warm
            ? null
            : watchOptions({ ...app, ignore: [...app.ignore, options.instance.folder] }),
      };
      return sessionApp(app, launch, appOptions);
    },
  };

  /** What keeps it warm; null, said once, where PM2 has to restart it instead. */
  async function keptWarm(app: App, argv: string[]): Promise<string[] | null> {
    const reason = unfit.get(lineOf(app));
    const warm = reason === undefined ? await preforkCommand(system, app, argv) : { cannot: reason };
    if ("argv" in warm) return warm.argv;
    if (!toldCold.has(app.name)) options.say(`${app.name} is restarted at each save: ${warm.cannot}`);
    toldCold.add(app.name);
    return null;
  }

  async function found(app: App, [name = "", ...rest]: string[], searchPath: string | undefined): Promise<string[]> {
    const file = await findExecutable(files, name, searchPath ?? environment.shell.PATH, app.cwd);
    if (file === null) throw new Error(`its command "${name}" was not found on the PATH`);
    return [file, ...rest];
  }
}
