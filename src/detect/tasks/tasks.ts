import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import { alembicWithin, litestarMigration } from "./command-migrations.ts";
import type { Context } from "../context.ts";
import { outsideOfIts } from "./outside-container.ts";
import type { DetectedApp, DetectedTask, EvidencePlace, TaskPresetName } from "../model.ts";
import type { Repository } from "../repository/snapshot.ts";

/** A migration tool in a folder of the repository. */
interface Tool {
  preset: TaskPresetName;
  /** Where its command runs. */
  folder: string;
  evidence: EvidencePlace;
}

/** What a command that runs it looks like. */
export const MIGRATES: Readonly<Record<TaskPresetName, RegExp>> = {
  alembic: /\balembic\b.*\bupgrade\b/,
  flaskMigrate: /\bdb upgrade\b/,
  djangoMigrate: /\bmanage\.py migrate\b/,
  prismaMigrate: /\bprisma migrate\b/,
  drizzleMigrate: /\bdrizzle-kit migrate\b/,
  knexMigrate: /\bknex\b.*\bmigrate:latest\b/,
};

/**
 * The migrations and seeds of a repository, as tasks. A migration is what a tool's own files show, since every developer
 * runs it; a seed is what a document or script names, and is off: not everyone wants its data, or wants it twice.
 */
export function tasksOf(context: Context, apps: readonly DetectedApp[]): DetectedTask[] {
  const taken = new Set([...apps.map(({ name }) => name), ...(context.composed?.infra ?? []).map(({ name }) => name)]);
  const migrations = migrationsIn(context, apps);
  const seeds = seedsIn(context, apps);
  const named: DetectedTask[] = [];
  for (const task of [...migrations, ...seeds]) {
    const name = freeName(task, taken);
    taken.add(name);
    named.push({ ...task, name });
  }
  const before = new Map(named.filter(({ start }) => start).map(({ app, name }) => [app, name]));
  return named.map((task) => {
    const first = task.start ? undefined : before.get(task.app);
    return first === undefined ? task : { ...task, dependsOn: [first] };
  });
}

/** The tasks that an app waits for: the migrations of its own database. */
export const tasksBefore = (tasks: readonly DetectedTask[], app: string): string[] =>
  tasks.filter((task) => task.app === app && task.start).map(({ name }) => name);

function freeName({ name, app }: DetectedTask, taken: ReadonlySet<string>): string {
  const names = [name, `${name}-${app ?? "all"}`, ...[2, 3, 4, 5].map((n) => `${name}-${app ?? "all"}-${n}`)];
  return names.find((one) => !taken.has(one)) ?? name;
}

/** Those of each tool's files; where an app's own command line migrates, that does what they would. */
function migrationsIn(context: Context, apps: readonly DetectedApp[]): DetectedTask[] {
  const own = apps.flatMap((app): DetectedTask[] => {
    const found = litestarMigration(context, app);
    return found ? [{ ...MIGRATE, ...found, app: app.name }] : [];
  });
  const others = toolsIn(context).map((tool) => migration(tool, context, apps));
  return [...own, ...others.filter(({ app }) => !own.some((one) => one.app === app))];
}

const MIGRATE = { name: "migrate", start: true, dependsOn: [] };

function toolsIn(context: Context): Tool[] {
  const { repository } = context;
  const files = repository.files.filter((file) => !ASIDE.test(file));
  return [...files.flatMap((file) => toolAt(repository, file)), ...djangoIn(context)];
}

const ASIDE = /(^|\/)(tests?|examples?|docs?|fixtures|templates?)\//i;

/** By the one file that every project with the tool has. */
function toolAt(repository: Repository, file: string): Tool[] {
  const folder = path.posix.dirname(file);
  const above = path.posix.dirname(folder);
  const tool = (preset: TaskPresetName, at: string): Tool[] => [
    { preset, folder: at, evidence: { file, line: 1, says: path.posix.basename(file) } },
  ];
  switch (path.posix.basename(file)) {
    case "alembic.ini":
      // Flask-Migrate keeps Alembic's files in its own folder, and runs Alembic itself
      if (path.posix.basename(folder) !== "migrations") return tool("alembic", folder);
      return repository.has(`${folder}/env.py`) ? tool("flaskMigrate", above) : [];
    case "schema.prisma":
      return path.posix.basename(folder) === "prisma" && repository.hasFolder(`${folder}/migrations`)
        ? tool("prismaMigrate", above)
        : [];
    case "_journal.json":
      return folder.endsWith("drizzle/meta") &&
        hasFile(repository, path.posix.join(above, ".."), /^drizzle\.config\.\w+$/)
        ? tool("drizzleMigrate", path.posix.join(above, ".."))
        : [];
    default:
      return /^knexfile\.\w+$/.test(path.posix.basename(file)) &&
        repository.hasFolder(path.posix.join(folder, "migrations"))
        ? tool("knexMigrate", folder)
        : [];
  }
}

const hasFile = (repository: Repository, folder: string, name: RegExp): boolean =>
  repository.names(folder).some((one) => name.test(one));

/** Django's own applications need tables too, so a database is enough. */
const djangoIn = ({ repository, backends }: Context): Tool[] =>
  backends
    .filter(({ framework, home }) => framework === "django" && hasDatabase(repository, home))
    .flatMap(({ cwd, home }) => {
      const folder = [cwd, home].find((one) => repository.has(path.posix.join(one, "manage.py")));
      const evidence = { file: path.posix.join(folder ?? cwd, "manage.py"), line: 1, says: "manage.py" };
      return folder === undefined ? [] : [{ preset: "djangoMigrate" as const, folder, evidence }];
    });

const hasDatabase = (repository: Repository, home: string): boolean =>
  repository.files.some(
    (file) =>
      (home === "." || file.startsWith(`${home}/`)) &&
      /settings/.test(file) &&
      /\bDATABASES\b\s*(:[^=]+)?=/.test(repository.text(file) ?? ""),
  );

function migration(tool: Tool, context: Context, apps: readonly DetectedApp[]): DetectedTask {
  const { preset, folder, evidence } = tool;
  const app = nearest(apps, folder, preset, context);
  if (preset === "flaskMigrate" && app !== undefined && /^(fastapi|django)$/.test(app.kind))
    return { ...MIGRATE, ...alembicWithin(context, evidence.file, app), app: app.name };
  const command = context.commands.find(
    ({ words, stage }) => stage !== "test" && MIGRATES[preset].test(words.join(" ")),
  );
  return {
    ...MIGRATE,
    preset,
    ...(app === undefined ? {} : { app: app.name }),
    ...(app?.cwd === folder || (app === undefined && folder === ".") || isFound(tool, app) ? {} : { cwd: folder }),
    evidence: [...(command ? [evidenceOf(command)] : []), evidence],
  };
}

/** Flask imports its app, so the command runs where the app does; the preset finds the migrations one folder below. */
const isFound = ({ preset, folder }: Tool, app: DetectedApp | undefined): boolean =>
  preset === "flaskMigrate" && app !== undefined && path.posix.dirname(folder) === app.cwd;

const evidenceOf = ({ file, line, words }: FoundCommand): EvidencePlace => ({ file, line, says: words.join(" ") });

const PYTHON = new Set(["flask", "fastapi", "django", "other-python"]);

/** The app of this folder, or of one above or below it, whose language is the tool's. */
function nearest(
  apps: readonly DetectedApp[],
  folder: string,
  preset: TaskPresetName | undefined,
  { backends }: Context,
): DetectedApp | undefined {
  const isPythons = preset === undefined || !/^(prisma|drizzle|knex)/.test(preset);
  const able = apps.filter(({ kind }) => PYTHON.has(kind) === isPythons);
  const homeOf = ({ cwd }: DetectedApp): string => backends.find((one) => one.cwd === cwd)?.home ?? cwd;
  const isWithin = (inner: string, outer: string): boolean => outer === "." || `${inner}/`.startsWith(`${outer}/`);
  return (
    able.find(({ cwd }) => cwd === folder) ??
    able.find((app) => homeOf(app) === folder) ??
    able.find(({ cwd }) => cwd !== "." && (isWithin(cwd, folder) || isWithin(folder, cwd))) ??
    able.find(({ cwd }) => cwd === ".") ??
    (able.length === 1 && isPythons ? able[0] : undefined)
  );
}

/** Programs of the project's own that make tables or fill them. */
const SEED = /\b(seed\w*|(create|load|make)_?(data|fixtures|users?)|initial_data|init[_-]?db|load_?fixtures)\b/;
const MIGRATION = /(^|[\s/._-])(migrat\w*|(create|reset|setup|init|make)[_-]?(db|tables?|database))(\.py)?($|\s)/;

/** Seeds that a document or a script of a developer names, each command once. */
function seedsIn(context: Context, apps: readonly DetectedApp[]): DetectedTask[] {
  const found = context.commands.flatMap((command) => seedOf(outsideOfIts(command, context.composed), context, apps));
  return found.filter((task, at) => found.findIndex((other) => other.run === task.run) === at).slice(0, MOST_SEEDS);
}

const MOST_SEEDS = 3;

function seedOf(command: FoundCommand, context: Context, apps: readonly DetectedApp[]): DetectedTask[] {
  const { intent, stage, source, folders } = command;
  if (/^(test|prod)$/.test(stage) || /^(ci|docker|compose|procfile)$/.test(source)) return [];
  const run = seedCommand(command);
  const isOwn = intent.kind === "python";
  // `$(ARGS)` of a Makefile is given by whoever calls it
  if (
    run === null ||
    run.includes("$") ||
    !(SEED.test(run) || (isOwn && (MIGRATION.test(run) || isBeforeStart(command, context))))
  )
    return [];
  const file = intent.kind === "python" ? intent.file : null;
  const folder =
    folders.find((one) => file === null || context.repository.has(path.posix.join(one, file))) ?? folders[0] ?? ".";
  if (file !== null && !context.repository.has(path.posix.join(folder, file))) return [];
  const app = nearest(apps, folder, undefined, context);
  if (app === undefined) return [];
  const cwd = file === null || app.cwd === folder ? {} : { cwd: folder };
  const name = SEED.test(run) ? "seed" : MIGRATION.test(run) ? "tables" : "first";
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
