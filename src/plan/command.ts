import type { Command } from "../config/project.ts";

/** The argv to start: `$PORT` filled in; a line that takes a shell goes through `/bin/sh`, which has `PORT` itself. */
export function argvOf(command: Command, port: number | null): string[] {
  if (command.shell) return ["/bin/sh", "-c", command.line];
  if (port === null) return command.argv;
  return command.argv.map((word) => word.replaceAll(/\$(?:PORT\b|\{PORT\})/g, String(port)));
}

/** The command as a person would type it. */
export function commandLine(command: Command): string {
  return command.shell ? command.line : command.argv.map(quoted).join(" ");
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./$-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
