import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineStop(program: Command, run: Run): void {
  program
    .command("stop")
    .argument("<names...>", "apps, tasks and groups")
    .description("end apps of the running session; the rest keeps running")
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, names, options) =>
        (await import("./run.ts")).stop(context, { names, json: options.json === true }),
      ),
    );
}
