import path from "node:path";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import type { Context } from "../context.ts";
import type { DetectedApp, DetectedTask } from "../model.ts";
import { nearestApp } from "./nearest-app.ts";
import { outsideOfIts } from "./outside-container.ts";

/** Programs of the project's own that make tables or fill them. */
const SEED = /\b(seed\w*|(create|load|make)_?(data|fixtures|users?)|initial_data|init[_-]?db|load_?fixtures)\b/;
/** `--seed 42`: where random numbers begin. */
const RANDOM = /\s--?[\w-]*seed[ =]\d+(?=\s|$)/g;
const MIGRATION = /(^|[\s/._-])(migrat\w*|(create|reset|setup|init|make)[_-]?(db|tables?|database))(\.py)?($|\s)/;

const isSeed = (run: string): boolean => SEED.test(run.replaceAll(RANDOM, ""));

/** Seeds that a document or a script of a developer names, each command once; none of the migrations is one. */
export function seedsIn(
  context: Context,
  apps: readonly DetectedApp[],
  migrations: readonly DetectedTask[],
): DetectedTask[] {
  const found = context.commands
    .map((command) => outsideOfIts(command, context.composed))
    .filter((command) => !migrates(command, migrations))
    .flatMap((command) => seedOf(command, context, apps));
  return found.filter((task, at) => found.findIndex((other) => other.run === task.run) === at).slice(0, MOST_SEEDS);
}

const MOST_SEEDS = 3;

/** `python -m shop.manage migrate`: the migration of that `manage.py`, whatever folder the command is written for. */
function migrates({ intent }: FoundCommand, migrations: readonly DetectedTask[]): boolean {
  if (intent.kind !== "python" || intent.module === null || intent.args[0] !== "migrate") return false;
  const meant = `/${intent.module.replaceAll(".", "/")}.py`;
  return migrations.some(({ evidence }) => evidence.some(({ file }) => `/${file}`.endsWith(meant)));
}

function seedOf(command: FoundCommand, context: Context, apps: readonly DetectedApp[]): DetectedTask[] {
  const { intent, stage, source, folders } = command;
  if (/^(test|prod)$/.test(stage) || /^(ci|docker|compose|procfile)$/.test(source)) return [];
  const run = seedCommand(command);
  const isOwn = intent.kind === "python";
  // `$(ARGS)` of a Makefile is given by whoever calls it
  if (
    run === null ||
    run.includes("$") ||
    !(isSeed(run) || (isOwn && (MIGRATION.test(run) || isBeforeStart(command, context))))
  )
    return [];
  const file = intent.kind === "python" ? intent.file : null;
  const folder =
    folders.find((one) => file === null || context.repository.has(path.posix.join(one, file))) ?? folders[0] ?? ".";
  if (file !== null && !context.repository.has(path.posix.join(folder, file))) return [];
  const app = nearestApp(apps, folder, undefined, context);
  if (app === undefined) return [];
  const cwd = file === null || app.cwd === folder ? {} : { cwd: folder };
  const name = isSeed(run) ? "seed" : MIGRATION.test(run) ? "tables" : "first";
  return [{ name, run, app: app.name, ...cwd, start: false, dependsOn: [], evidence: [evidenceOf(command)] }];
}

/** `python -m database && flask run`, where a document shows how an app is started: its own program runs first. */
const isBeforeStart = ({ source, file, line, intent }: FoundCommand, { commands, backends, files }: Context): boolean =>
  source === "readme" &&
  intent.kind === "python" &&
  backends.some(
    ({ cwd, module, targets }) =>
      module !== intent.module &&
      targets.some(({ command }) => command.file === file && command.line === line && command.intent !== intent) &&
      commands.findIndex((one) => one.intent === intent) <
        commands.findIndex((one) => targets.some(({ command }) => command === one && one.line === line)) &&
      intent.module !== null &&
      files.fileIn(cwd, intent.module) !== null,
  );

/** As it runs in the environment of its app; null: no command of Python. */
function seedCommand({ intent, words }: FoundCommand): string | null {
  switch (intent.kind) {
    case "python":
      return ["python", ...(intent.module === null ? [intent.file ?? ""] : ["-m", intent.module]), ...intent.args].join(
        " ",
      );
    case "django":
      return /^(migrate|runserver)$/.test(intent.verb)
        ? null
        : ["python", path.posix.basename(intent.manage), ...words.slice(words.indexOf(intent.verb))].join(" ");
    case "task":
      return intent.words[0] === "flask" && !intent.words.includes("upgrade") ? intent.words.join(" ") : null;
    default:
      return null;
  }
}
