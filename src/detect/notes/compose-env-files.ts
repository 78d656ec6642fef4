import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Context } from "../context.ts";

/**
 * `docker compose --env-file .env.dev up`: the values of the compose file's variables. devpm starts Compose without that option, which Compose
 * also takes from its own variable.
 */
export function composeEnvFiles({ commands, composed, repository }: Context): string[] {
  if (!composed || composed.infra.length === 0) return [];
  const uses = composed.files.some((file) => /\$\{?\w/.test(repository.text(file) ?? ""));
  const given = uses ? commands.filter(isForDevelopment).flatMap((command) => optionOf(command)) : [];
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

function optionOf({ words, folders, file, line }: FoundCommand): { env: string; file: string; line: number }[] {
  const given = words.flatMap((word, at) =>
    word === "--env-file" ? (words[at + 1] ?? []) : (/^--env-file=(.+)$/.exec(word)?.[1] ?? []),
  );
  return given.map((one) => ({ env: path.posix.normalize(path.posix.join(folders[0] ?? ".", one)), file, line }));
}
