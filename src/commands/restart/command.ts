import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineRestart(program: Command, run: Run): void {
  program
    .command("restart")
    .argument("<apps...>", "apps and groups to restart, tasks to run again")
    .description("new processes for these apps; returns when they are ready")
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, apps, options) =>
        (await import("./run.ts")).restart(context, { apps, json: options.json === true }),
      ),
    );
}
