import path from "node:path";
import type { App, Command, SetupStep } from "../model/project.ts";
import type { ConfigDeps } from "./deps.ts";
import type { TaskPreset } from "./options.ts";
import { execute, nodePackages } from "./package-manager.ts";
import { PYTHON_RUNNERS, environmentPrefix } from "./python.ts";
import { nodeSteps, pythonSteps } from "./setup-steps.ts";
import { findVenv } from "./venv.ts";

/** What a task runs, and what follows from that. */
export interface TaskProgram {
  command: Command;
  venv: string | null;
  setup: SetupStep[];
  /** Relative to its folder. */
  inputs: string[];
}

/** Where a task runs, and the app that it works for. */
export interface TaskPlace {
  app: App | null;
  cwd: string;
  root: string;
}

/** What brings a database up to date, with the command of each tool. None of them asks anything. */
export function presetProgram(preset: TaskPreset, place: TaskPlace, outside: ConfigDeps): Promise<TaskProgram> {
  switch (preset) {
    case "alembic":
      return alembic(place, outside);
    case "flask-migrate":
      return flaskMigrate(place, outside);
    case "django":
      return python(place, ["manage.py", "migrate", "--noinput"], ["**/migrations/*.py"], outside);
    case "prisma":
      return node(place, ["prisma", "migrate", "deploy"], ["prisma", "prisma.config.*"], outside);
    case "drizzle":
      return node(place, ["drizzle-kit", "migrate"], ["drizzle.config.*", "drizzle"], outside);
    case "knex":
      return node(place, ["knex", "migrate:latest"], ["knexfile.*", "migrations"], outside);
  }
}

async function alembic(place: TaskPlace, outside: ConfigDeps): Promise<TaskProgram> {
  const settings = (await outside.files.read(path.join(place.cwd, "alembic.ini"))) ?? "";
  const named = /^\s*script_location\s*=\s*(\S.*?)\s*$/m.exec(settings)?.[1]?.replace(/^%\(here\)s\/?/, "");
  // `package:folder` is looked up by Python alone
  const folders = named && !named.includes(":") ? [named] : ["alembic", "migrations"];
  return python(place, ["-m", "alembic", "upgrade", "head"], ["alembic.ini", ...folders], outside);
}

async function flaskMigrate(place: TaskPlace, outside: ConfigDeps): Promise<TaskProgram> {
  const folder = await migrationsBelow(place.cwd, outside.files);
  const elsewhere = folder === MIGRATIONS ? [] : ["--directory", folder];
  return python(place, ["-m", "flask", ...flaskApp(place.app), "db", "upgrade", ...elsewhere], [folder], outside);
}

const MIGRATIONS = "migrations";

/** `backend/migrations` of an app `backend.app`, whose imports start further up; where there are several, none of them. */
async function migrationsBelow(cwd: string, files: ConfigDeps["files"]): Promise<string> {
  if ((await files.kind(path.join(cwd, MIGRATIONS))) !== null) return MIGRATIONS;
  const names = (await files.list(cwd)).filter((name) => !/^\.|^node_modules$/.test(name));
  const kinds = await Promise.all(names.map((name) => files.kind(path.join(cwd, name, MIGRATIONS, "alembic.ini"))));
  const found = names.filter((_, index) => kinds[index] === "file");
  return found.length === 1 ? `${found[0]}/${MIGRATIONS}` : MIGRATIONS;
}

/** As the app itself is called; else flask looks at FLASK_APP. */
function flaskApp(app: App | null): string[] {
  const argv = app === null || app.command.shell ? [] : app.command.argv;
  const flag = argv.findIndex((word) => word === "--app" || word === "-A");
  const module = argv[flag + 1];
  return flag === -1 || module === undefined ? [] : ["--app", module];
}

async function python(
  { app, cwd, root }: TaskPlace,
  args: string[],
  inputs: string[],
  outside: ConfigDeps,
): Promise<TaskProgram> {
  const runner = runnerOf(app);
  if (runner) return { command: { argv: [...runner, ...args], shell: false }, venv: null, setup: [], inputs };
  const venv = await findVenv(cwd, root, outside);
  const folder = app?.venv ?? venv?.folder ?? null;
  const argv = [folder === null ? "python3" : "python", ...args];
  return { command: { argv, shell: false }, venv: folder, setup: pythonSteps(venv), inputs };
}

/** `uv run python`: it finds the environment by itself, for the task as for the app. */
function runnerOf(app: App | null): string[] | null {
  const [runner = "", verb, program = ""] = app === null || app.command.shell ? [] : app.command.argv;
  if (!PYTHON_RUNNERS.includes(runner) || verb !== "run") return null;
  return [runner, verb, `${environmentPrefix(runner, program)}python`];
}

async function node(place: TaskPlace, args: string[], inputs: string[], { files }: ConfigDeps): Promise<TaskProgram> {
  const packages = await nodePackages(place.cwd, place.root, files);
  const command: Command = { argv: execute(packages.manager, args), shell: false };
  return { command, venv: null, setup: nodeSteps(packages, place.cwd), inputs };
}
