import type { Command } from "../model/project.ts";

/** The argv to start: `$PORT` filled in; a line that takes a shell goes through `/bin/sh`, which has `PORT` itself. */
export function argvOf(command: Command, port: number | null): string[] {
  if (command.shell) return ["/bin/sh", "-c", command.line];
  if (port === null) return command.argv;
  return command.argv.map((word) => word.replaceAll(/\$(?:PORT\b|\{PORT\})/g, String(port)));
}
