import type { Command } from "commander";
import { json, type Doors, type Run } from "../shared/invoke.ts";

export function defineInit(program: Command, run: Run, { confirm }: Doors): void {
  program
    .command("init")
    .description("write a typed ecosystem.config.ts from what the repository holds")
    .option("--dry-run", "print it instead")
    .addOption(json())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./run.ts")).init(context, {
          dryRun: options.dryRun === true,
          json: options.json === true,
          confirm,
        }),
      ),
    );
}
