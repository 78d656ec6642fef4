import type { Command } from "commander";
import { didYouMean } from "../../util/similar.ts";

/** `devpm help infra up` is `devpm infra up --help`; the parser's own takes one name. */
export function defineHelp(program: Command): void {
  program
    .command("help")
    .argument("[command...]")
    .description("print help for a command")
    .action((names: string[]) => named(program, names).help());
}

/** What follows a command that has none below it are its arguments. */
function named(command: Command, [name, ...rest]: readonly string[]): Command {
  const below = command.createHelp().visibleCommands(command);
  if (name === undefined || below.length === 0) return command;
  const found = below.find((one) => one.name() === name);
  if (found) return named(found, rest);
  const near = didYouMean(
    name,
    below.map((one) => one.name()),
  );
  return command.error(`error: unknown command '${name}'${near === null ? "" : `\n(Did you mean ${near}?)`}`);
}
