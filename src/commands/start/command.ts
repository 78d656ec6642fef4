import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineStart(program: Command, run: Run): void {
  program
    .command("start")
    .argument("<names...>", "apps and groups that are off, tasks to run")
    .description("turn apps of the running session on, with what they need; returns when they are ready")
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, names, options) =>
        (await import("./run.ts")).start(context, { names, json: options.json === true }),
      ),
    );
}
