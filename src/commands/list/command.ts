import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineList(program: Command, run: Run): void {
  program
    .command("list")
    .description("every session of this user on this machine, and what worktrees hold")
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, _, options) => (await import("./run.ts")).list(context, { json: options.json === true })),
    );
}
