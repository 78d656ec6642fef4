import type { Pm2Options } from "./pm2-options.ts";

/**
 * What `ecosystem.config.ts` exports. `I`, `A` and `T` carry the names of services, apps and tasks, so that a wrong one
 * does not compile.
 */
export interface Config<I extends Infra = Infra, A extends string = string, T extends string = string> {
  /** The project's name in what devpm prints. Default: the name of the config's folder. */
  name?: string;
  /** The Compose services the apps need. Without it devpm reads no container and needs no Docker. */
  infra?: I;
  /** The apps by name; or PM2's own array, each with its `name`. At least one. */
  apps: Apps<NoInfer<ServicesOf<I>>, A, NoInfer<T>>;
  /**
   * What happens once between infra and apps: migrations, seeds, generated code. By name; apps wait for a task by naming
   * it in `dependsOn`. A name that an app or a service also has is DEVPM_CONFIG_INVALID. Default: none.
   */
  tasks?: { readonly [Name in T]: Task<NoInfer<ServicesOf<I>>, NoInfer<A>, NoInfer<T>> };
  /**
   * Names for several apps and tasks at once: `{ minimal: ["backend"] }` is `devpm dev minimal`, and every command that
   * takes the name of an app takes a group's. Default: none.
   */
  groups?: { readonly [name: string]: readonly (NoInfer<A> | NoInfer<T>)[] };
  /**
   * What a checkout has of its own. A linked git worktree, and a second clone while another has the ports, get ports of their
   * own and databases of their own in the shared containers, kept until `devpm down --forget`; the main checkout keeps what is
   * written here. `true`: every checkout gets its own, the main one too. `"containers"`: a worktree gets containers and volumes
   * of its own as well; a compose file that cannot run twice is DEVPM_COMPOSE_FIXED. `false`: none gets anything. `--isolated`
   * and `--no-isolated` decide otherwise for one session. A worktree for which no port is left is DEVPM_WORKTREE_PORTS.
   * Default: linked worktrees and second clones.
   */
  isolate?: boolean | "containers";
  /**
   * Minutes after which a detached session (`devpm dev -d`) in which nothing happens ends itself, 1 to 10 080 (a week). Saves, starts,
   * requests that an app logs or measures, commands and readers that follow it (`attach`, `logs`, the page) are what happens;
   * other output is not. Default: it runs until it is ended.
   */
  idleMinutes?: number;
  /**
   * What a coding agent may do through `devpm mcp`. `run: true` lets it run any command as an app would see it, with the
   * app's secrets in its environment. Default: it may not.
   */
  mcp?: { readonly run?: boolean };
}

/** The names of a preset written outside `defineConfig`, where none are known: nothing narrower is assignable to both. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyName = any;

/** Services named in `infra.services`; any name where it leaves them out. */
export type ServicesOf<I> = I extends { services: readonly (infer S extends string)[] } ? S : string;

export type Apps<S extends string, A extends string, T extends string> =
  | { readonly [Name in A]: App<S, NoInfer<A>, T> }
  | readonly (App<S, NoInfer<A>, T> & { /** What it is called, in the array form. */ readonly name: A })[];

export interface Infra {
  /**
   * Compose file, or several as with `docker compose -f`; relative to the config's folder. One that does not exist is
   * DEVPM_CONFIG_INVALID. Default: the first of compose.yaml, compose.yml, docker-compose.yml, docker-compose.yaml.
   */
  compose?: string | readonly string[];
  /** The services devpm checks, starts where they are stopped or missing, and waits for. Default: all in the file. */
  services?: readonly string[];
  /** `false`: where there is no Docker the apps run without their services. Default: true, and it is an error. */
  required?: boolean;
  /** Milliseconds a service may take from started to healthy. Default: 180 000. */
  timeoutMs?: number;
}

/** What every app and preset takes. Paths are relative to the config's folder unless a key says otherwise. */
export interface AppOptions<S extends string, A extends string, T extends string = never> extends Pm2Options {
  /** The folder the app runs in. Default: the config's folder. One that does not exist is DEVPM_CONFIG_INVALID. */
  cwd?: string;
  /**
   * The port it claims, 1 to 65535; handed to it as `PORT` and as `$PORT` in `command`. `--port NAME=N` replaces it for
   * one session. Two apps on one port are DEVPM_CONFIG_INVALID. Default: none (the presets have theirs).
   */
  port?: number;
  /** Further ports it listens on: checked before the start and free after the end, like `port`. */
  ports?: readonly number[];
  /**
   * Apps that must be ready, services that must be healthy and tasks that must be done before this one starts. A service
   * that is absent because of `required: false` or `--no-infra` counts as met. Unknown names and cycles are
   * DEVPM_CONFIG_INVALID.
   */
  dependsOn?: readonly NoInfer<S | A | T>[];
  /**
   * `false`: it is off until something that runs depends on it or it is asked for: `devpm start NAME`,
   * `devpm dev --only NAME`, or a group. Default: true.
   */
  start?: boolean;
  /**
   * Files of variables (`NAME=value` lines), read in order, a later one wins; each must exist. `.env` of the config's
   * folder and of `cwd` are read before them where they exist (Vite reads its own).
   */
  envFile?: string | readonly string[];
  /**
   * Variables of the app; win over the shell and `envFile`. As a function it receives where services and apps are
   * reached; it runs just before the app starts, and may be async (at most 10 s). A variable that is `undefined`, or needs
   * an absent service, is left unset.
   */
  env?: Variables | ((references: References<S, A>) => Variables | Promise<Variables>);
  /**
   * When it counts as ready. Default: when its own processes listen on its port; without a port, when it has run for a
   * second.
   */
  ready?: Ready;
  /**
   * What a save does: `"warm"` forks a worker from a Python that keeps the libraries loaded; `"restart"` is PM2's watch;
   * `false` is nothing. Default: `"warm"` for Python programs, `false` for everything else (Vite reloads itself).
   */
  reload?: "warm" | "restart" | false;
  /**
   * Folders or files, relative to `cwd`, whose changes reload it. Default: `cwd`, where it reloads at all. `true` and
   * `false` are PM2's: watch `cwd`, or do not.
   */
  watch?: boolean | string | readonly string[];
  /**
   * Globs, relative to `cwd`, that never reload it. Added to devpm's own (virtual environments, node_modules, caches,
   * dot folders, databases, logs).
   */
  ignore?: string | readonly string[];
  /**
   * Steps run before it, once, and again when the content of their `inputs` changed; `false`: none. Default of the
   * presets and of Python commands: what the folder's files ask for (venv with pip, uv, poetry, pdm, pipenv, hatch or pixi; npm, pnpm,
   * yarn or bun install).
   */
  setup?: readonly Setup[] | false;
  /**
   * An editor's debugger can attach: `true`, or the port it listens on at 127.0.0.1 (5678 for Python, 9229 for Node). The
   * port is claimed like `ports`. Python programs run under debugpy, which must be installed, and listen again after each
   * save; `node`, `tsx`, `nodemon` and `bun` get `--inspect`. Other commands are DEVPM_CONFIG_INVALID. `flask()`: `false`
   * also turns Flask's debug pages off. Default: no debugger.
   */
  debug?: boolean | number;
  /**
   * Milliseconds from SIGTERM to SIGKILL when it is ended, at most a day. Default: 3 000; 10 000 for a Python program without
   * a port, whose job under way ends first.
   */
  graceMs?: number;
}

/** An app: a command line, one of the presets, or PM2's `script`. Exactly one of the three. */
export interface App<S extends string, A extends string, T extends string = never> extends AppOptions<S, A, T> {
  /**
   * The command line as typed in a terminal, or its words. It runs without a shell unless it needs one (pipes, `&&`,
   * globs, redirects, variables other than `$PORT`); `$PORT` is the claimed port. The app's virtual environment, where
   * it has one, is activated.
   */
  command?: string | readonly string[];
  /** What `flask()`, `fastapi()`, `django()` and `vite()` set; write it yourself in a JSON file. */
  preset?: "flask" | "fastapi" | "django" | "vite";
  /** Of `preset: "flask"` and `"fastapi"`: the module, `"web.app"` or `"web.app:app"`. */
  app?: string;
  /**
   * Of `preset: "django"`: the settings module, `"shop.settings.dev"`. Default: what `DJANGO_SETTINGS_MODULE` or manage.py
   * names.
   */
  settings?: string;
}

/**
 * A one-shot: exit code 0 is done, anything else stops what depends on it (DEVPM_TASK_FAILED). It runs when the session
 * starts, unless its `inputs` and the containers of the services it waits for are the same as when it was last done, and
 * again when an input is saved: a reload of an app that depends on it counts only once it is done. Exactly one of `run`
 * and a preset such as `alembic()`.
 */
export interface Task<S extends string, A extends string, T extends string = never> {
  /**
   * The command line as typed in a terminal, or its words: `"alembic upgrade head"`. It runs without a shell unless it
   * needs one.
   */
  run?: string | readonly string[];
  /** What `alembic()` and its like set; write it yourself in a JSON file. */
  preset?: TaskPreset;
  /**
   * The app it works for: it runs in that app's folder with its variables (`PORT` included), its virtual environment and its
   * set-up, and waits for the services that app depends on. Default: none.
   */
  app?: NoInfer<A>;
  /** Services that must be healthy, tasks that must be done and apps that must be ready before it runs. Default: none. */
  dependsOn?: readonly NoInfer<S | A | T>[];
  /**
   * Files, folders and globs (`*`, `**`, `?`), relative to its folder, whose content decides whether it runs again.
   * Default: the preset's; without any it runs at each start.
   */
  inputs?: string | readonly string[];
  /** What it makes, relative to its folder (a SQLite file, generated code): where that is missing it runs again. */
  output?: string;
  /** Its folder, relative to the config's. Default: that of `app`, else the config's. */
  cwd?: string;
  /** Further variables, over those of `app`: as `env` of an app. */
  env?: Variables | ((references: References<S, A>) => Variables | Promise<Variables>);
  /** `false`: it runs when something that runs depends on it, or with `devpm start NAME`. Default: true. */
  start?: boolean;
}

/** Tools whose command and inputs devpm knows. */
export type TaskPreset = "alembic" | "flask-migrate" | "django" | "prisma" | "drizzle" | "knex";

export type Variables = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What a function-valued `env` receives. */
export interface References<S extends string, A extends string> {
  /** By service name. A preset written outside `defineConfig` knows no names and takes any. */
  services: { readonly [Name in unknown extends A ? string : S]: Service };
  apps: { readonly [Name in A]: { readonly port: number | null; readonly url: string | null } };
}

export interface Service {
  /** Name or address under which the container's published ports are reached. */
  readonly host: string;
  /** The host's actual port for a container port. */
  port(containerPort: number): number;
  /** A variable of the container's own environment: `env("POSTGRES_USER")`. */
  env(name: string): string | undefined;
}

/** Exactly one of the three; `timeoutMs` (default 30 000) is how long it may take before the app counts as failed. */
export type Ready =
  /** A path on its port that answers with a status below 400. */
  | { http: string; timeoutMs?: number }
  /** A port of this machine that takes connections. */
  | { tcp: number; timeoutMs?: number }
  /** A line of its output that matches; as text it is a regular expression's source. */
  | { log: RegExp | string; timeoutMs?: number }
  | { timeoutMs: number };

export interface Setup {
  /** The command line, or its words; run in the app's `cwd`, with the virtual environment's bin folder first. */
  run: string | readonly string[];
  /** Files, relative to `cwd`, whose content decides whether it runs again. Default: none, so it runs once. */
  inputs?: string | readonly string[];
  /** What it makes, relative to `cwd`; it runs again where that is missing. */
  output?: string;
}
