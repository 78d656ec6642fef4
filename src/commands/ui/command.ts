import type { Command } from "commander";
import type { Run } from "../shared/invoke.ts";

export function defineUi(program: Command, run: Run): void {
  program
    .command("ui")
    .description("the web page of the running session: what is live, what broke, logs, saves, every other session")
    .option("--no-open", "print its address only")
    .action(
      run(async ({ context }, _, options) => (await import("./run.ts")).ui(context, { open: options.open !== false })),
    );
}
