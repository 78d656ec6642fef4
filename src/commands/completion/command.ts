import type { Argument, Command } from "commander";
import type { Run } from "../shared/invoke.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
/** For the scripts themselves: no person types it, so it is not among the choices. */
const NAMES = "names";

export function defineCompletion(program: Command, run: Run): void {
  program
    .command("completion")
    .addArgument(shellArgument(program))
    .description("a completion script")
    .action(
      run(async ({ context }, [shell]) =>
        (await import("./run.ts")).completion(
          context,
          { shell: shell as (typeof SHELLS)[number] | typeof NAMES },
          program,
        ),
      ),
    );
}

function shellArgument(program: Command): Argument {
  const argument = program.createArgument("<shell>", "your shell").choices(SHELLS);
  const parse = argument.parseArg;
  return argument.argParser((given, before) => (given === NAMES ? given : parse?.(given, before)));
}
