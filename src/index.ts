/**
 * devpm's public API: what an `ecosystem.config.ts` imports. Everything here only describes; nothing is run.
 *
 * @example
 * import { alembic, defineConfig, flask, vite } from "devpm";
 * export default defineConfig({
 *   infra: { compose: "compose.yml", services: ["postgres"] },
 *   apps: {
 *     backend: flask({ app: "web.app", dependsOn: ["postgres", "migrate"] }),
 *     web: vite({ cwd: "ui", dependsOn: ["backend"] }),
 *   },
 *   tasks: { migrate: alembic({ app: "backend" }) },
 * });
 */
import type { AnyName, App, AppOptions, Config, Infra } from "./config/options.ts";

export type {
  App,
  AppOptions,
  Config,
  Infra,
  Ready,
  References,
  Service,
  Setup,
  Task,
  TaskPreset,
  Variables,
} from "./config/options.ts";
export { alembic, djangoMigrate, drizzleMigrate, flaskMigrate, knexMigrate, prismaMigrate } from "./task-presets.ts";
export type { TaskOptions } from "./task-presets.ts";
export type { Pm2Options } from "./config/pm2-options.ts";

/**
 * Types the configuration: names in `dependsOn` and in the `env` function are checked against the apps, services and tasks
 * that are there, and unknown keys do not compile. Returns its argument.
 */
export function defineConfig<
  const I extends Infra = never,
  const A extends string = never,
  const T extends string = never,
>(config: Config<I, A, T>): Config<I, A, T> {
  return config;
}

export interface FlaskOptions<S extends string, A extends string, T extends string = never> extends AppOptions<
  S,
  A,
  T
> {
  /** What `flask --app` takes: `"web.app"`, `"web.app:create_app()"`. */
  app: string;
}

export interface FastapiOptions<S extends string, A extends string, T extends string = never> extends AppOptions<
  S,
  A,
  T
> {
  /** The module, `"web.app"` (then its `app`), or `"web.app:name"`. */
  app: string;
}

export interface DjangoOptions<S extends string, A extends string, T extends string = never> extends AppOptions<
  S,
  A,
  T
> {
  /** The settings module: `"shop.settings.dev"`. Default: what `DJANGO_SETTINGS_MODULE` or manage.py names. */
  settings?: string;
}

export type ViteOptions<S extends string, A extends string, T extends string = never> = AppOptions<S, A, T>;

/*
 * Each preset has a second signature that nothing can call. A call of a generic function that may return a function is
 * resolved by TypeScript only after the arguments around it, which is when the names of the services, apps and tasks of the
 * surrounding `defineConfig` are known; without it `dependsOn` and `env` inside a preset could not be checked.
 */

/**
 * A Flask app: `python -m flask run --no-reload --port $PORT` with `FLASK_APP` and `FLASK_DEBUG=1`, warm-reloaded on save.
 * Default port: 5050. Its virtual environment is `.venv` or `venv` of `cwd` or of the config's folder; where there is
 * none and the folder has requirements, setup makes one.
 */
export function flask<S extends string = never, A extends string = AnyName, T extends string = never>(
  options: FlaskOptions<S, A, T>,
): App<S, A, T>;
export function flask<T>(no: never, such: T): () => T;
export function flask(options: FlaskOptions<string, string>): object {
  return { ...options, preset: "flask" };
}

/**
 * A FastAPI (or other ASGI) app: `python -m uvicorn APP --port $PORT`, warm-reloaded on save. Default port: 8000.
 * The virtual environment is found as for `flask()`.
 */
export function fastapi<S extends string = never, A extends string = AnyName, T extends string = never>(
  options: FastapiOptions<S, A, T>,
): App<S, A, T>;
export function fastapi<T>(no: never, such: T): () => T;
export function fastapi(options: FastapiOptions<string, string>): object {
  return { ...options, preset: "fastapi" };
}

/**
 * A Django project: `python manage.py runserver --noreload $PORT` in `cwd`, the folder of manage.py (default: the config's
 * folder), warm-reloaded on save. Default port: 8000. Channels' and Daphne's `runserver` take its place where they are
 * installed apps. The virtual environment is found as for `flask()`. Migrations are a task: `djangoMigrate()`.
 *
 * @example backend: django({ cwd: "shop", dependsOn: ["postgres", "migrate"] })
 */
export function django<S extends string = never, A extends string = AnyName, T extends string = never>(
  options?: DjangoOptions<S, A, T>,
): App<S, A, T>;
export function django<T>(no: never, such: T): () => T;
export function django(options: DjangoOptions<string, string> = {}): object {
  return { ...options, preset: "django" };
}

/**
 * A Vite front end: the `dev` script of the folder's package.json. A plain `vite …` is run by node directly on Vite's own
 * bin, with `--port $PORT --strictPort`; anything else through the folder's package manager. Default port: 5173.
 */
export function vite<S extends string = never, A extends string = AnyName, T extends string = never>(
  options: ViteOptions<S, A, T>,
): App<S, A, T>;
export function vite<T>(no: never, such: T): () => T;
export function vite(options: ViteOptions<string, string>): object {
  return { ...options, preset: "vite" };
}
