import path from "node:path";
import { fileURLToPath } from "node:url";
import type { App, References } from "../config/project.ts";
import { withInstalledVite } from "../config/vite.ts";
import { argvOf } from "../plan/command.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { appEnvironment } from "../plan/environment.ts";
import { asRecord } from "../plan/variables.ts";
import { watchOptions } from "../plan/watch.ts";
import { environmentFile, refusedByKernel } from "../processes/environment-file.ts";
import { pm2App, type Launch, type Pm2Setting } from "../processes/pm2-app.ts";
import { warmCommand } from "../reload/warm.ts";
import { findExecutable } from "../system/executables.ts";
import type { Pm2App } from "../system/pm2.ts";
import type { System } from "../system/system.ts";
import type { Instance } from "./instance.ts";
import type { EventStream } from "./stream.ts";

const lineOf = ({ name, command }: App): string => JSON.stringify([name, command]);

const program = (name: string): string => fileURLToPath(new URL(`../processes/${name}`, import.meta.url));

/** PM2's own channel to what it starts: with it `process.send("ready")` and `wait_ready` of a plain PM2 file work. */
const PM2_CHANNEL = { NODE_CHANNEL_FD: "3", NODE_CHANNEL_SERIALIZATION_MODE: "json" };

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

export interface LauncherSetting {
  instance: Instance;
  session: string;
  namespace: string;
  emit: EventStream["emit"];
}

export function createLauncher(system: System, setting: LauncherSetting): Launcher {
  const { files, environment } = system;
  const warmApps = new Set<string>();
  const toldCold = new Set<string>();
  const warned = new Set<string>();
  /** By app and command line: another command is tried again. */
  const unfit = new Map<string, string>();
  const pm2Setting: Pm2Setting = {
    launcher: program("launch.sh"),
    clusterLoader: program("load-environment.cjs"),
    namespace: setting.namespace,
    session: setting.session,
  };

  return {
    isWarm: (app) => warmApps.has(app),
    keepCold: (app, reason) => unfit.set(lineOf(app), reason),
    async prepare(given, references) {
      const app = await withInstalledVite(given, setting.instance.root, files);
      const built = await appEnvironment(system, app, { session: setting.session, references });
      for (const warning of built.warnings) warnOnce(warning);
      const variables = asRecord(built.variables);
      const refused = refusedByKernel(variables, environment.platform);
      if (refused !== null) throw new Error(refused);
      const plain = await found(app, argvOf(app.command, app.port), variables.PATH);
      const warm = app.reload === "warm" ? await keptWarm(app, plain) : null;
      if (warm) warmApps.add(app.name);
      else warmApps.delete(app.name);
      const file = path.join(setting.instance.env, `${app.name}.sh`);
      const holder = { DEVPM_SOCKET: setting.instance.socket, DEVPM_CACHE: setting.instance.cache };
      await files.write(
        file,
        environmentFile({ ...variables, ...(warm ? holder : {}), ...(app.kind === "pm2" ? PM2_CHANNEL : {}) }),
      );
      const launch: Launch = {
        argv: warm ?? plain,
        environmentFile: file,
        // a DEVPM_HOME inside the project would restart the app at each of devpm's own writes
        watch:
          app.reload === false || warm
            ? null
            : watchOptions({ ...app, ignore: [...app.ignore, setting.instance.folder] }),
      };
      return pm2App(app, launch, pm2Setting);
    },
  };

  /** Apps share files, and are started again and again. */
  function warnOnce(warning: Diagnostic): void {
    const text = JSON.stringify(warning);
    if (!warned.has(text)) setting.emit({ event: "diagnostic", ...warning });
    warned.add(text);
  }

  /** What keeps it warm; null, said once, where PM2 has to restart it instead. */
  async function keptWarm(app: App, argv: string[]): Promise<string[] | null> {
    const reason = unfit.get(lineOf(app));
    const warm = reason === undefined ? await warmCommand(system, app, argv) : { cannot: reason };
    if ("argv" in warm) return warm.argv;
    const text = `${app.name} is restarted at each save: ${warm.cannot}`;
    if (!toldCold.has(app.name)) setting.emit({ event: "notice", text });
    toldCold.add(app.name);
    return null;
  }

  async function found(app: App, [name = "", ...rest]: string[], searchPath: string | undefined): Promise<string[]> {
    const file = await findExecutable(files, name, searchPath ?? environment.shell.PATH, app.cwd);
    if (file === null) throw new Error(`its command «${name}» was not found on the PATH`);
    return [file, ...rest];
  }
}
