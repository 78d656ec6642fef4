/** Presets of tasks: what brings a database up to date, with the command, the inputs and the set-up that each tool wants. */
import type { AnyName, Task } from "./config/options.ts";

/** What every preset of a task takes: a `Task` without its command, which the preset knows. */
export type TaskOptions<S extends string, A extends string, T extends string = never> = Omit<
  Task<S, A, T>,
  "run" | "preset"
>;

/*
 * The second signatures are for the compiler's order of work, as in index.ts.
 */

/**
 * `alembic upgrade head` with the Python of its app or folder. Inputs: `alembic.ini` and the folder that its
 * `script_location` names (default: `alembic`, else `migrations`).
 *
 * @example tasks: { migrate: alembic({ app: "backend" }) }
 */
export function alembic<S extends string = never, A extends string = AnyName, T extends string = never>(
  options?: TaskOptions<S, A, T>,
): Task<S, A, T>;
export function alembic<U>(no: never, such: U): () => U;
export function alembic(options: TaskOptions<string, string, string> = {}): object {
  return { ...options, preset: "alembic" };
}

/**
 * Flask-Migrate's `flask db upgrade`, for the Flask app that `app` names (else `FLASK_APP` decides). Inputs: the folder
 * `migrations`, or that of the one folder below which has it (`backend/migrations`).
 *
 * @example tasks: { migrate: flaskMigrate({ app: "backend" }) }
 */
export function flaskMigrate<S extends string = never, A extends string = AnyName, T extends string = never>(
  options?: TaskOptions<S, A, T>,
): Task<S, A, T>;
export function flaskMigrate<U>(no: never, such: U): () => U;
export function flaskMigrate(options: TaskOptions<string, string, string> = {}): object {
  return { ...options, preset: "flask-migrate" };
}

/** Django's `python manage.py migrate --noinput`. Inputs: the Python files of every `migrations` folder below its own. */
export function djangoMigrate<S extends string = never, A extends string = AnyName, T extends string = never>(
  options?: TaskOptions<S, A, T>,
): Task<S, A, T>;
export function djangoMigrate<U>(no: never, such: U): () => U;
export function djangoMigrate(options: TaskOptions<string, string, string> = {}): object {
  return { ...options, preset: "django" };
}

/**
 * `prisma migrate deploy` through the folder's package manager: applies what `prisma migrate dev` wrote, and asks
 * nothing. Inputs: `prisma` (the schema and its migrations) and `prisma.config.*`.
 */
export function prismaMigrate<S extends string = never, A extends string = AnyName, T extends string = never>(
  options?: TaskOptions<S, A, T>,
): Task<S, A, T>;
export function prismaMigrate<U>(no: never, such: U): () => U;
export function prismaMigrate(options: TaskOptions<string, string, string> = {}): object {
  return { ...options, preset: "prisma" };
}

/** `drizzle-kit migrate` through the folder's package manager. Inputs: `drizzle.config.*` and the folder `drizzle`. */
export function drizzleMigrate<S extends string = never, A extends string = AnyName, T extends string = never>(
  options?: TaskOptions<S, A, T>,
): Task<S, A, T>;
export function drizzleMigrate<U>(no: never, such: U): () => U;
export function drizzleMigrate(options: TaskOptions<string, string, string> = {}): object {
  return { ...options, preset: "drizzle" };
}

/** `knex migrate:latest` through the folder's package manager. Inputs: `knexfile.*` and the folder `migrations`. */
export function knexMigrate<S extends string = never, A extends string = AnyName, T extends string = never>(
  options?: TaskOptions<S, A, T>,
): Task<S, A, T>;
export function knexMigrate<U>(no: never, such: U): () => U;
export function knexMigrate(options: TaskOptions<string, string, string> = {}): object {
  return { ...options, preset: "knex" };
}
