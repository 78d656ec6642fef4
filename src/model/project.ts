import type { SharedStore } from "./shared-store.ts";
import type { Worktree } from "./status.ts";

/**
 * The project as every later stage sees it: the configuration, with defaults filled in and absolute paths.
 * Created by config/resolve.ts; nothing downstream reads the user's own object again.
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
  /** Names for sets of apps and tasks. */
  groups: Readonly<Record<string, readonly string[]>>;
  /** What this checkout has of its own; absent where it has the ports and the databases of the configuration. */
  isolation?: Isolation;
  /** A detached session in which nothing happens for so long ends itself. */
  idleMinutes?: number;
  /** A coding agent may run commands through `devpm mcp`. */
  agentsMayRun?: true;
  /** Notices for the start, one line each: what was detected where, what was left out, and what cannot work. */
  notes?: string[];
}

/** A project whose configuration names Compose services. */
export type ProjectWithInfra = Project & { infra: InfraRequest };

export const hasInfra = (project: Project): project is ProjectWithInfra => project.infra !== null;

/** A worktree, or another checkout beside the main one, that has ports and databases of its own. */
export interface Isolation {
  /** In its addresses and in the names of its databases: `feature-login`. */
  name: string;
  /** null on a detached HEAD, or outside of git. */
  branch: string | null;
  /** The checkout's top folder. */
  folder: string;
  /** The same project in the main working tree: its containers are shared. null where there is none. */
  main: string | null;
  moved: MovedPort[];
  /** Containers of its own too. */
  containers: boolean;
}

/** A port of the configuration, and what it is in this checkout. */
export interface MovedPort {
  /** The app or service that claims it. */
  app: string;
  from: number;
  to: number;
  /** One of its further ports. */
  further: boolean;
  /** Where it is reached if not on this machine: the host of a remote engine. */
  host?: string;
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
  kind: "flask" | "fastapi" | "django" | "vite" | "command" | "pm2" | "task";
  command: Command;
  /** Absolute. */
  cwd: string;
  /** The port it claims, after `--port NAME=N`. */
  port: number | null;
  /** It speaks TLS there: by its command or configuration at first, by observation once it has answered. */
  https?: boolean;
  /** Additional ports that are checked and swept. */
  ports: number[];
  /** `debug` of the configuration: where an editor attaches, one of `ports`; or why its command cannot be debugged. */
  debugger?: { port: number } | { cannot: string };
  /** Another Vite app runs in the same folder, which Vite locks for a single one. */
  sharesFolder?: boolean;
  /** Absolute paths of environment files, read in order; missing ones are skipped. */
  envFiles: string[];
  env: EnvSource;
  /** In a checkout with ports of its own: all that were moved, so that what names one of them can be rewritten. */
  movedPorts?: MovedPort[];
  /** Environment files that its own tool reads, the strongest last. Known only where there are moved ports. */
  ownEnvFiles?: string[];
  /** Ports that Vite's configuration names for hot updates: its socket gets a free one in their place. */
  hmrPorts?: number[];
  dependsOn: { apps: string[]; services: string[]; tasks: string[] };
  /** false: it is off until it is requested, or needed by an app that is. */
  start: boolean;
  ready: Readiness;
  reload: "warm" | "restart" | false;
  /** Absolute folders or files whose changes reload it. */
  watch: string[];
  /** Globs, relative to cwd, that never reload it; added to devpm's own. */
  ignore: string[];
  setup: SetupStep[];
  /** Steps that would install its packages, where its set-up leaves that to the user; for the report of what is missing. */
  installs: SetupStep[];
  graceMs: number;
  /** The Python virtual environment it uses or that its setup will create (absolute); null for other toolchains. */
  venv: string | null;
  /** The toolchain its command needs, so that preflight can report what is missing. */
  toolchain: "python" | "node" | "none";
  /** PM2's own options, passed through. */
  pm2: Record<string, unknown>;
}

/**
 * Runs once between the infra and the apps. It is an app that ends: it claims no port and nothing reloads it;
 * everything else (folder, environment, virtual environment, set-up) is as for an app.
 */
export interface Task extends App {
  kind: "task";
  port: null;
  /** Absolute files, folders and globs; it does not run again with the same content. Empty: it runs at each start. */
  inputs: string[];
  /** Absolute; where it is missing the task runs again. */
  output: string | null;
}

/** What is decided at an app's start alone: the files of its environment, and those that its set-up installs from. */
export const coldFilesOf = ({ envFiles, setup }: Pick<App, "envFiles" | "setup">): string[] => [
  ...new Set([...envFiles, ...inputsOfSetup({ setup })]),
];

export const inputsOfSetup = ({ setup }: Pick<App, "setup">): string[] => setup.flatMap(({ inputs }) => inputs);

/** All ports that it is to listen on, its own first. */
export const claimedPorts = ({ port, ports }: Pick<App, "port" | "ports">): number[] =>
  port === null ? ports : [port, ...ports];

/** Where an app with this port answers; null without one. The only place that builds an app's URL. */
export const urlOf = ({ port, https = false }: Pick<App, "port" | "https">): string | null =>
  port === null ? null : `${https ? "https" : "http"}://localhost:${port}`;

/** The worktree of a project, as its status shows it; absent where the project has the ports of its configuration. */
export const worktreeOf = ({ isolation }: Pick<Project, "isolation">): { worktree?: Worktree } =>
  isolation ? { worktree: { name: isolation.name, branch: isolation.branch, folder: isolation.folder } } : {};

/** The same under a name of the checkout, which browsers resolve by themselves: its cookies are its own. */
export function namedUrlOf(url: string, app: string, project: string, worktree: string): string {
  const label = (text: string): string =>
    text
      .normalize("NFKD")
      .replaceAll(/\p{M}/gu, "")
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 63);
  const name = [app, worktree, project]
    .map(label)
    .filter((part) => part !== "")
    .join(".");
  return url.replace("//localhost:", `//${name}.localhost:`);
}

/** What the other apps learn about the apps of a project. */
export const appReferences = ({ apps }: Pick<Project, "apps">): References["apps"] =>
  Object.fromEntries(apps.map((app) => [app.name, { port: app.port, url: urlOf(app) }]));

/** A command line as argv. `$PORT` is substituted when it is started. `shell`: it needs one (pipes, &&, globs). */
export type Command = { argv: string[]; shell: false } | { line: string; shell: true };

/** A function throws or rejects with a sentence where the user's function fails, or returns something invalid. */
export type EnvSource = Record<string, string> | ((refs: References) => Settings | Promise<Settings>);

type Settings = Record<string, string | undefined>;

/** What a function-valued `env` receives. */
export interface References {
  services: Record<string, ServiceReference>;
  apps: Record<string, { port: number | null; url: string | null }>;
  /** For devpm itself: what this checkout has databases of its own in. */
  stores?: readonly SharedStore[];
  /** Where the other servers are that it shares with other checkouts, which is reported: `localhost:7687`. */
  sharedServers?: readonly string[];
  /** And what ports containers of its own publish. */
  moved?: readonly MovedPort[];
}

export interface ServiceReference {
  /** Name or address where the container's published ports are reachable. */
  host: string;
  /** The host's actual port for a container port. */
  port(containerPort: number): number;
  /** A variable from the container's own environment. */
  env(name: string): string | undefined;
}

export type Readiness = (
  | { kind: "http"; path: string }
  | { kind: "tcp"; port: number }
  | { kind: "log"; pattern: LogPattern }
  /** The port answers if it has one, else the process is alive. */
  | { kind: "default" }
) & { timeoutMs: number };

/** A regular expression; its string form is the pattern it looks for. */
export interface LogPattern {
  test(line: string): boolean;
  toString(): string;
}

/** A step that runs before the app, again only when the content of its inputs has changed. */
export interface SetupStep {
  /** argv; argv[0] is looked up in the venv's bin folder first, once that exists. */
  run: string[];
  /** Absolute paths of the files whose content is compared. */
  inputs: string[];
  /** What it creates (absolute); the step runs again when this is missing. */
  output: string | null;
  cwd: string;
  /** Variables in addition to the app's environment. */
  env?: Record<string, string>;
  /**
   * Files that list packages (requirements.txt, pyproject.toml, package.json), and the environment or node_modules with
   * these packages: if all of them are installed there and devpm never ran the step, it need not run.
   */
  declares?: { files: string[]; installedIn: string };
  /** One line for the user: "pip install -r requirements.txt". */
  title: string;
}
