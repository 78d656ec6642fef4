import path from "node:path";
import { evidenceOf } from "../commands/found-command.ts";
import type { Context } from "../context.ts";
import type { DetectedApp, DetectedTask, EvidencePlace, TaskPresetName } from "../model.ts";
import type { Repository } from "../repository/snapshot.ts";
import { alembicWithin, litestarMigration } from "./command-migrations.ts";
import { nearestApp } from "./nearest-app.ts";

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
  djangoMigrate: /\bmanage(\.py)? migrate\b/,
  prismaMigrate: /\bprisma migrate\b/,
  drizzleMigrate: /\bdrizzle-kit migrate\b/,
  knexMigrate: /\bknex\b.*\bmigrate:latest\b/,
};

/** Those of each tool's files; where an app's own command line migrates, that does what they would. */
export function migrationsIn(context: Context, apps: readonly DetectedApp[]): DetectedTask[] {
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
  const app = nearestApp(apps, folder, preset, context);
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
