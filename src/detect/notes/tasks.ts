import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import { isSameMigration } from "../tasks/command-migrations.ts";
import type { Decided } from "../context.ts";
import { whereAt, firstOfEach, inItsFolder, oneLine } from "./text.ts";
import type { Repository } from "../repository/snapshot.ts";
import { MIGRATES } from "../tasks/migrations.ts";

/** Migrations and seeds that the documents or scripts name, and that no task of the configuration runs. */
export function taskNotes({ commands, repository, tasks }: Decided): string[] {
  const isTaken = ({ file, line, words }: FoundCommand): boolean =>
    tasks.some(
      ({ preset, run, evidence }) =>
        evidence.some((one) => one.file === file && one.line === line) ||
        (preset === undefined ? isSameMigration({ run }, words.join(" ")) : MIGRATES[preset].test(words.join(" "))),
    );
  const others = commands.filter(
    (command) =>
      isTask(command.intent) &&
      !lacksFiles(command.intent, repository) &&
      !/^(test|prod)$/.test(command.stage) &&
      !/^(ci|docker|compose|procfile)$/.test(command.source) &&
      !isTaken(command),
  );
  return firstOfEach(others, ({ intent }) => taskName(intent)).map(
    (command) =>
      `before the first start: \`${oneLine(command.words.join(" "))}\`${inItsFolder(isOfDocuments(command) ? "." : (command.folders[0] ?? "."))} (${whereAt(command)})`,
  );
}

/** A document in a folder of documents means another one. */
const isOfDocuments = ({ source, folders }: FoundCommand): boolean =>
  source === "readme" && /(^|\/)docs?(\/|$)/.test(folders[0] ?? "");

/** A migration that cannot run: what the tool keeps of it is nowhere. */
const lacksFiles = (intent: FoundCommand["intent"], repository: Repository): boolean =>
  /^alembic\b/.test(taskName(intent)) &&
  !repository.files.some((file) => path.posix.basename(file) === "alembic.ini") &&
  !/\[tool\.alembic\]/.test(repository.text("pyproject.toml") ?? "");

/** Seeds are off: what turns each on. */
export const seedNotes = ({ tasks }: Decided): string[] =>
  tasks
    .filter(({ start }) => !start)
    .map(({ name, run }) => `${name} is off (\`${run}\`): devpm start ${name} runs it`);

const isTask = (intent: FoundCommand["intent"]): boolean =>
  intent.kind === "task" || (intent.kind === "django" && /^(migrate|loaddata|seed\w*)$/.test(intent.verb));

const taskName = (intent: FoundCommand["intent"]): string =>
  intent.kind === "task" ? intent.words.join(" ") : intent.kind === "django" ? intent.verb : "";
