import type { Command } from "commander";
import type { Run } from "../shared/invoke.ts";

/** `names` is for the scripts themselves. */
const SHELLS = ["bash", "zsh", "fish", "names"] as const;

export function defineCompletion(program: Command, run: Run): void {
  program
    .command("completion")
    .addArgument(program.createArgument("<shell>", "your shell").choices(SHELLS))
    .description("a completion script")
    .action(
      run(async ({ context }, [shell]) =>
        (await import("./run.ts")).completion(context, { shell: shell as (typeof SHELLS)[number] }, program),
      ),
    );
}
