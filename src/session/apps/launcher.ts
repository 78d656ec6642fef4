import path from "node:path";
import { invalidApp } from "../../config/problem.ts";
import { withInstalledVite } from "../../config/vite.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { Infra } from "../../infra/infra.ts";
import type { Instance } from "../../model/instance.ts";
import type { App, Project, References } from "../../model/project.ts";
import type { WarmReport } from "../../model/protocol.ts";
import { argvOf } from "../../plan/command.ts";
import { asRecord, type Variable } from "../../plan/variables.ts";
import { watchOptions } from "../../plan/watch.ts";
import { besideShell, environmentFile } from "../../pm2/environment-file.ts";
import { sessionApp, type SessionAppOptions } from "../../pm2/session-app.ts";
import type { Unfit } from "../../reload/eligibility.ts";
import { preforkCommand } from "../../reload/prefork-command.ts";
import { findExecutable } from "../../system/executables.ts";
import type { Pm2App } from "../../system/pm2/pm2.ts";
import type { System } from "../../system/system.ts";
import { builtFile } from "../../util/package-files.ts";
import { unwritable } from "../diagnostics.ts";
import type { EventStream } from "../stream.ts";
import { createLaunchEnvironment } from "./launch-environment.ts";
import { createTelemetry, type TelemetryOptions } from "./telemetry.ts";

const lineOf = ({ name, command }: App): string => JSON.stringify([name, command]);

/** PM2's own channel to what it starts: with it `process.send("ready")` and `wait_ready` of a plain PM2 file work. */
const PM2_CHANNEL = { NODE_CHANNEL_FD: "3", NODE_CHANNEL_SERIALIZATION_MODE: "json" };

/** The session's own: leftovers of another one cannot be taken for it. */
export const environmentFileOf = ({ env }: Instance, session: string, app: string): string =>
  path.join(env, session, `${app}.sh`);

export interface Launcher {
  /**
   * Writes the app's environment file (at each start, so that a changed .env counts) and returns what PM2 is to run. Fails where
   * it has no environment, its command cannot be found, or the file cannot be written.
   */
  prepare(app: App, references: References): Promise<Outcome<Pm2App>>;
  /** Its current process keeps Python warm and reports for itself. */
  isWarm(app: string): boolean;
  /** The environment it was last started with. */
  variables(app: string): Readonly<Record<string, string>>;
  /** The same, with where each variable comes from. */
  environment(app: string): readonly Variable[];
  /** What reloads it, as of its last start: devpm (warm, or PM2's watch), or its own reloader. */
  reloadsItself(app: string): boolean;
  /** From its next start on it is not kept warm, for a reason that only showed at run time. */
  keepCold(app: App, unfit: Extract<WarmReport, { what: "unfit" }>): void;
}

export interface LauncherOptions extends TelemetryOptions {
  instance: Instance;
  session: string;
  /** Where a supervisor reports to. */
  socket: string;
  namespace: string;
  project: Pick<Project, "configFile">;
  infra: Pick<Infra, "makeDatabases">;
  emit: EventStream["emit"];
}

/** PM2 increments from the app's own value, which it would not see: the environment bypasses it. */
function countedOf({ pm2 }: App, variables: Readonly<Record<string, string>>): Record<string, string> {
  const name = pm2.increment_var;
  return typeof name === "string" && variables[name] !== undefined ? { [name]: variables[name] } : {};
}

/** Python's flag, alone or with others: `-B`, `-uB`. */
const WITHOUT_BYTECODE = /^-[a-zA-Z]*B[a-zA-Z]*$/;

/** devpm wants no bytecode of the project; that of its libraries is kept as Python does (preload.py) unless somebody else wants none. */
function libraryBytecode(environment: readonly Variable[], argv: readonly string[]): Record<string, string> {
  const wish = environment.find(({ name }) => name === "PYTHONDONTWRITEBYTECODE");
  const isOwn = wish?.source.kind === "default" && wish.overrides.length === 0;
  return isOwn && !argv.some((word) => WITHOUT_BYTECODE.test(word)) ? { DEVPM_LIBRARY_BYTECODE: "1" } : {};
}

export function createLauncher(system: System, options: LauncherOptions): Launcher {
  const warmth = createWarmth(system, options.emit);
  const variablesOf = createLaunchEnvironment(system, options);
  const environments = new Map<string, readonly Variable[]>();
  const appOptions: SessionAppOptions = {
    launcher: builtFile("pm2/launch.sh"),
    taskLauncher: builtFile("pm2/task.sh"),
    clusterLoader: builtFile("pm2/load-environment.cjs"),
    namespace: options.namespace,
    session: options.session,
  };
  const telemetry = createTelemetry(system, options);
  const { folder, root, cache } = options.instance;
  const { socket } = options;
  const { configFile } = options.project;

  return {
    isWarm: warmth.isWarm,
    reloadsItself: warmth.reloadsItself,
    variables: (app) => asRecord(environments.get(app) ?? []),
    environment: (app) => environments.get(app) ?? [],
    keepCold: warmth.keepCold,
    async prepare(given, references) {
      const app = await withInstalledVite(given, root, system.files);
      const environment = await variablesOf(app, references);
      if (!environment.ok) return environment;
      environments.set(app.name, environment.value);
      const variables = asRecord(environment.value);
      const found = await programOf(system, app, { configFile, searchPath: variables.PATH });
      if (!found.ok) return found;
      const plain = found.value;
      const warm = await warmth.command(app, plain);
      const file = environmentFileOf(options.instance, options.session, app.name);
      const supervisor: Record<string, string> = warm
        ? { DEVPM_SOCKET: socket, DEVPM_CACHE: cache, ...libraryBytecode(environment.value, warm) }
        : await telemetry.variables(app, plain, variables);
      const channel: Record<string, string> = app.kind === "pm2" ? PM2_CHANNEL : {};
      const whole = { ...variables, ...supervisor, ...channel };
      const unwritten = await system.files
        .write(file, environmentFile(whole))
        .catch((error: unknown) => unwritable(options.instance, error));
      if (unwritten) return failed(unwritten);
      // a DEVPM_HOME inside the project would restart the app at each of devpm's own writes
      const watched = app.reload !== false && !warm && !warmth.reloadsItself(app.name);
      const watch = !watched ? null : watchOptions({ ...app, ignore: [...app.ignore, folder] });
      const counted = countedOf(app, variables);
      const start = { argv: warm ?? plain, environmentFile: file, beside: besideShell(whole), counted, watch };
      return ok(sessionApp(app, start, appOptions));
    },
  };
}

interface Warmth extends Pick<Launcher, "isWarm" | "reloadsItself" | "keepCold"> {
  /** The command that keeps the app warm; null, with a notice the first time, where something else reloads it. */
  command(app: App, argv: string[]): Promise<string[] | null>;
}

function createWarmth(system: System, emit: EventStream["emit"]): Warmth {
  const warm = new Set<string>();
  const own = new Set<string>();
  const noticed = new Set<string>();
  /** By app and command line: a changed command is tried again. */
  const unfit = new Map<string, Unfit>();
  return {
    isWarm: (app) => warm.has(app),
    reloadsItself: (app) => own.has(app),
    keepCold: (app, { reason, itself }) =>
      unfit.set(lineOf(app), { cannot: reason, ...(itself ? { itself: true } : {}) }),
    async command(app, argv) {
      warm.delete(app.name);
      own.delete(app.name);
      if (app.reload !== "warm") return null;
      const made = unfit.get(lineOf(app)) ?? (await preforkCommand(system, app, argv));
      if ("argv" in made) {
        warm.add(app.name);
        return made.argv;
      }
      if (made.itself) own.add(app.name);
      const how = made.itself ? "is left to its own reloader" : "is restarted at each save";
      const text = `${app.name} ${how}: ${made.cannot}`;
      if (!noticed.has(app.name)) emit({ event: "notice", text });
      noticed.add(app.name);
      return null;
    },
  };
}

async function programOf(
  { files, environment }: System,
  app: App,
  { configFile, searchPath }: { configFile: string | null; searchPath: string | undefined },
): Promise<Outcome<string[]>> {
  const [name = "", ...rest] = argvOf(app.command, app.port);
  const file = await findExecutable(files, name, searchPath ?? environment.shell.PATH, app.cwd);
  if (file !== null) return ok([file, ...rest]);
  return failed(
    invalidApp(app, configFile, { key: "command", message: `its command "${name}" was not found on the PATH` }),
  );
}
