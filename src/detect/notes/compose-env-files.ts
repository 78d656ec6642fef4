import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Composed } from "../compose/composed.ts";
import type { Context } from "../context.ts";
import type { Repository } from "../repository/snapshot.ts";

/**
 * `docker compose --env-file .env.dev up`: the values of the compose file's variables. devpm starts Compose without that option, which Compose
 * also takes from its own variable.
 */
export function composeEnvFiles({ commands, composed, repository }: Context): string[] {
  if (!composed || composed.infra.length === 0) return [];
  const uses = composed.files.some((file) => /\$\{?\w/.test(repository.text(file) ?? ""));
  const given = uses
    ? commands.filter(isForDevelopment).flatMap((command) => optionOf(command, repository, composed))
    : [];
  const [first] = given.filter(({ env }) => env !== ".env" && !env.startsWith("..") && !env.includes("$"));
  return first
    ? [
        `Compose is given ${first.env} by \`--env-file\`: run \`export COMPOSE_ENV_FILES="$PWD/${first.env}"\` before \`devpm dev\` (${first.file}:${first.line})`,
      ]
    : [];
}

/** What starts the services, on a developer's machine. */
const isForDevelopment = ({ intent, stage, source }: FoundCommand): boolean =>
  intent.kind === "compose" &&
  /^(up|start|watch|run)$/.test(intent.verb) &&
  !/^(prod|test)$/.test(stage) &&
  !/^(ci|docker|compose)$/.test(source);

function optionOf(
  command: FoundCommand,
  repository: Repository,
  composed: Composed,
): { env: string; file: string; line: number }[] {
  const { words, file, line } = command;
  const folder = folderOf(command, repository, composed);
  const given = words.flatMap((word, at) =>
    word === "--env-file" ? (words[at + 1] ?? []) : (/^--env-file=(.+)$/.exec(word)?.[1] ?? []),
  );
  return given.map((one) => ({ env: path.posix.normalize(path.posix.join(folder, one)), file, line }));
}

/** Where the command finds its compose files: documents in a folder of their own are often followed in the root. */
function folderOf({ intent, folders }: FoundCommand, repository: Repository, { files }: Composed): string {
  const named = intent.kind === "compose" ? intent.files : [];
  const finds = (folder: string): boolean =>
    named.length > 0
      ? named.some((one) => repository.has(path.posix.join(folder, one)))
      : files.some((one) => path.posix.dirname(one) === folder);
  return folders.find(finds) ?? folders[0] ?? ".";
}
