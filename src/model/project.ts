/**
 * The project as every later stage sees it: what the configuration says, defaults filled in, paths absolute.
 * Made by config/resolve.ts; nothing downstream looks at the user's own object again.
 */
export interface Project {
  /** `name` of the config, else the folder's name. */
  name: string;
  /** Real path of the folder of the config file: the project instance. */
  root: string;
  /** Absolute; null where the project was detected instead of configured. */
  configFile: string | null;
  infra: InfraRequest | null;
  /** In the order of the config. */
  apps: App[];
  /** In the order of the config. */
  tasks: Task[];
  /** Names for several apps and tasks at once. */
  groups: Readonly<Record<string, readonly string[]>>;
  /** What is to be said at the start, one line each: where it was detected what is run and what was left out; what cannot work. */
  notes?: string[];
}

export interface InfraRequest {
  /** Absolute paths of the compose files, in `-f` order. */
  files: string[];
  /** Services to check; null: all that are not the apps themselves. */
  services: string[] | null;
  /** false: the apps run without infra where there is no engine. */
  required: boolean;
  /** How long a service may take from started to healthy. */
  timeoutMs: number;
}

export interface App {
  name: string;
  kind: "flask" | "fastapi" | "vite" | "command" | "pm2" | "task";
  command: Command;
  /** Absolute. */
  cwd: string;
  /** The port it claims, after `--port NAME=N`. */
  port: number | null;
  /** It speaks TLS there: as its command or configuration says, then as it was found when it answered. */
  https?: boolean;
  /** Further ports that are checked and swept. */
  ports: number[];
  /** Another app of Vite runs in the same folder, which Vite locks for one. */
  sharesFolder?: boolean;
  /** Absolute paths of files of variables, read in order, those that are there. */
  envFiles: string[];
  env: EnvSource;
  dependsOn: { apps: string[]; services: string[]; tasks: string[] };
  /** false: it is off until it is asked for, or needed by what is. */
  start: boolean;
  ready: Readiness;
  reload: "warm" | "restart" | false;
  /** Absolute folders or files whose changes reload it. */
  watch: string[];
  /** Globs, relative to cwd, that never reload it; added to devpm's own. */
  ignore: string[];
  setup: SetupStep[];
  graceMs: number;
  /** The Python virtual environment it uses or that its setup will make (absolute); null for other toolchains. */
  venv: string | null;
  /** The toolchain its command needs, so that preflight can say what is missing. */
  toolchain: "python" | "node" | "none";
  /** PM2's own options, passed through. */
  pm2: Record<string, unknown>;
}

/**
 * What is run once between the infra and the apps. It is an app that ends: it claims no port and nothing reloads it,
 * everything else (folder, environment, virtual environment, set-up) it has as an app has.
 */
export interface Task extends App {
  kind: "task";
  port: null;
  /** Absolute files, folders and globs; with the same content it is not run again. Empty: it runs at each start. */
  inputs: string[];
  /** Absolute; where it is missing the task runs again. */
  output: string | null;
}

/** Where an app with this port answers; null without one. The one place where an app's URL is made. */
export const urlOf = ({ port, https = false }: Pick<App, "port" | "https">): string | null =>
  port === null ? null : `${https ? "https" : "http"}://localhost:${port}`;

/** What every other app is told of the apps of a project. */
export const appReferences = ({ apps }: Pick<Project, "apps">): References["apps"] =>
  Object.fromEntries(apps.map((app) => [app.name, { port: app.port, url: urlOf(app) }]));

/** A command line as argv. `$PORT` is substituted when it is started. `shell`: it needs one (pipes, &&, globs). */
export type Command = { argv: string[]; shell: false } | { line: string; shell: true };

/** A function throws or rejects with a sentence where the user's own fails, or returns something else. */
export type EnvSource = Record<string, string> | ((refs: References) => Settings | Promise<Settings>);

type Settings = Record<string, string | undefined>;

/** What a function-valued `env` receives. */
export interface References {
  services: Record<string, ServiceReference>;
  apps: Record<string, { port: number | null; url: string | null }>;
}

export interface ServiceReference {
  /** Name or address under which the container's published ports are reached. */
  host: string;
  /** The host's actual port for a container port. */
  port(containerPort: number): number;
  /** A variable of the container's own environment. */
  env(name: string): string | undefined;
}

export type Readiness = (
  | { kind: "http"; path: string }
  | { kind: "tcp"; port: number }
  | { kind: "log"; pattern: LogPattern }
  /** The port answers where it has one, else the process lives. */
  | { kind: "default" }
) & { timeoutMs: number };

/** A regular expression; as text, what it looks for. */
export interface LogPattern {
  test(line: string): boolean;
  toString(): string;
}

/** A step run before the app, again only when the content of its inputs changed. */
export interface SetupStep {
  /** argv; argv[0] is looked up with the venv's bin folder first once it exists. */
  run: string[];
  /** Absolute paths of files whose content decides. */
  inputs: string[];
  /** What it makes (absolute); its absence runs the step again. */
  output: string | null;
  cwd: string;
  /** Variables on top of the app's environment. */
  env?: Record<string, string>;
  /**
   * Files that name packages (requirements.txt, pyproject.toml, package.json), and the environment or node_modules they are
   * installed in: where all of them are there and we never ran the step, it need not run.
   */
  declares?: { files: string[]; installedIn: string };
  /** One line for the user: "pip install -r requirements.txt". */
  title: string;
}
