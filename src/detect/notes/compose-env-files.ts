import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Composed } from "../compose/composed.ts";
import type { Context } from "../context.ts";
import type { Repository } from "../repository/snapshot.ts";
import { joinWithAnd } from "../../util/text.ts";

/**
 * `docker compose --env-file .env.dev up`: the values of the compose file's variables. devpm starts Compose without that option, which Compose
 * also takes from its own variable.
 */
export function composeEnvFiles({ commands, composed, repository }: Context): string[] {
  if (!composed || composed.infra.length === 0) return [];
  const uses = composed.files.some((file) => /\$\{?\w/.test(repository.text(file) ?? ""));
  const given = (uses ? commands.filter(isForDevelopment) : [])
    .map((command) => ({ command, files: filesOf(command, repository, composed) }))
    .find(
      ({ files }) =>
        files.some((file) => file !== ".env") && !files.some((file) => file.startsWith("..") || file.includes("$")),
    );
  if (!given) return [];
  const { command, files } = given;
  // each of them, as Compose reads no `.env` where others are named
  const all = files.map((file) => `$PWD/${file}`).join(",");
  return [
    `Compose is given ${joinWithAnd(files)} by \`--env-file\`: run \`export COMPOSE_ENV_FILES="${all}"\` before \`devpm dev\` (${command.file}:${command.line})`,
  ];
}

/** What starts the services, on a developer's machine. */
const isForDevelopment = ({ intent, stage, source }: FoundCommand): boolean =>
  intent.kind === "compose" &&
  /^(up|start|watch|run)$/.test(intent.verb) &&
  !/^(prod|test)$/.test(stage) &&
  !/^(ci|docker|compose)$/.test(source);

function filesOf(command: FoundCommand, repository: Repository, composed: Composed): string[] {
  const folder = folderOf(command, repository, composed);
  const given = command.words.flatMap((word, at, words) =>
    word === "--env-file" ? (words[at + 1] ?? []) : (/^--env-file=(.+)$/.exec(word)?.[1] ?? []),
  );
  return given.map((one) => path.posix.normalize(path.posix.join(folder, one)));
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
