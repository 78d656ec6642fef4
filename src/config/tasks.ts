import path from "node:path";
import type { App, Command, EnvSource, Project, Task } from "../model/project.ts";
import type { ConfigDeps } from "./deps.ts";
import { envFiles } from "./env-files.ts";
import { envSource } from "./env-source.ts";
import { namesOf, sorted } from "./names.ts";
import type { Task as Options } from "./options.ts";
import { toolchainOf } from "./python.ts";
import { type TaskEntry, taskEntriesOf } from "./task-entries.ts";
import { presetProgram, type TaskPlace, type TaskProgram } from "./task-program.ts";
import { findVenv } from "./venv.ts";
import { parseCommand } from "./command-line.ts";

interface Source {
  root: string;
  /** What the file put into `process.env`. */
  variables: Readonly<Record<string, string>>;
}

/** The tasks of a validated configuration, each with what it has of the app that it works for. */
export function resolveTasks(
  config: unknown,
  apps: Project["apps"],
  source: Source,
  outside: ConfigDeps,
): Promise<Task[]> {
  const names = namesOf(config);
  return Promise.all(
    taskEntriesOf(config).map(async (entry) => {
      const options = entry.task as Options<string, string, string>;
      const app = apps.find(({ name }) => name === options.app) ?? null;
      const own = sorted(options.dependsOn ?? [], names);
      // its environment may need them
      const services = [...new Set([...(app?.dependsOn.services ?? []), ...own.services])];
      return resolveTask(entry, app, { ...own, services }, source, outside);
    }),
  );
}

async function resolveTask(
  { name, task }: TaskEntry,
  app: App | null,
  dependsOn: Task["dependsOn"],
  { root, variables }: Source,
  outside: ConfigDeps,
): Promise<Task> {
  const options = task as Options<string, string, string>;
  const cwd = options.cwd === undefined ? (app?.cwd ?? root) : path.resolve(root, options.cwd);
  const program = await programOf(options, { app, cwd, root }, outside);
  return {
    name,
    kind: "task",
    command: program.command,
    cwd,
    port: null,
    ports: [],
    envFiles: app?.envFiles ?? (await envFiles({ kind: "task", ...program }, { cwd, root }, outside.files)),
    env: together(app, envSource(options.env, variables, outside)),
    dependsOn,
    start: options.start ?? true,
    ready: { kind: "default", timeoutMs: Infinity },
    reload: false,
    watch: [],
    ignore: [],
    setup: app && app.setup.length > 0 ? app.setup : program.setup,
    installs: [],
    graceMs: app?.graceMs ?? 3_000,
    venv: app?.venv ?? program.venv,
    toolchain: toolchainOf(program.command),
    pm2: {},
    inputs: list(options.inputs ?? program.inputs).map((input) => path.resolve(cwd, input)),
    output: options.output === undefined ? null : path.resolve(cwd, options.output),
  };
}

async function programOf(
  options: Options<string, string, string>,
  place: TaskPlace,
  outside: ConfigDeps,
): Promise<TaskProgram> {
  if (options.preset !== undefined) return presetProgram(options.preset, place, outside);
  const { app, cwd, root } = place;
  const { run = "" } = options;
  const command = withPort(typeof run === "string" ? parseCommand(run) : { argv: [...run], shell: false }, app);
  const venv = toolchainOf(command) === "python" ? await findVenv(cwd, root, outside) : null;
  return { command, venv: venv?.exists ? venv.folder : null, setup: [], inputs: [] };
}

/** `$PORT` is that of the app it works for; the task itself has none. */
function withPort(command: Command, app: App | null): Command {
  if (command.shell || app?.port == null) return command;
  return { ...command, argv: command.argv.map((word) => word.replaceAll(/\$(?:PORT\b|\{PORT\})/g, String(app.port))) };
}

/** The app's variables and its port, then the task's own. */
function together(app: App | null, own: EnvSource): EnvSource {
  if (app === null) return own;
  const port: Record<string, string> = app.port === null ? {} : { PORT: String(app.port) };
  const { env } = app;
  return async (references) => ({
    ...(typeof env === "function" ? await env(references) : env),
    ...port,
    ...(typeof own === "function" ? await own(references) : own),
  });
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === "string" ? [value] : value);
