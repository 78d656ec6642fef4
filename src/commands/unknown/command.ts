import type { Command } from "commander";
import type { Run } from "../shared/invoke.ts";

/** Handles unknown commands: suggests the one that was meant, also for commands of other tools. */
export function defineUnknown(program: Command, run: Run): void {
  program
    .command("*", { hidden: true })
    .argument("[words...]")
    .helpOption(false)
    .allowUnknownOption()
    .action(
      run(async ({ context }, words) => {
        const names = program.commands.map((command) => command.name()).filter((name) => name !== "*");
        return (await import("./run.ts")).unknownCommand(context, { words, names });
      }),
    );
}
