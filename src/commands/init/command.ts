import type { Command } from "commander";
import { jsonFlag, type CliDeps, type Run } from "../shared/invoke.ts";

export function defineInit(program: Command, run: Run, { confirm }: CliDeps): void {
  program
    .command("init")
    .description("write a typed ecosystem.config.ts from what the repository holds")
    .option("--dry-run", "print it instead")
    .option(
      "--debug",
      "Python apps run under a debugger, and .vscode/launch.json gets an entry to attach to each app with `debug`",
    )
    .addOption(jsonFlag())
    .action(
      run(async ({ context, config, system }, _, options) =>
        (await import("./run.ts")).init(context, system, {
          dryRun: options.dryRun === true,
          debug: options.debug === true,
          config,
          json: options.json === true,
          confirm,
        }),
      ),
    );
}
