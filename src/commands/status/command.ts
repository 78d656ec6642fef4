import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineStatus(program: Command, run: Run): void {
  program
    .command("status")
    .description("apps, infra, ports, the last reload")
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./run.ts")).status(context, { json: options.json === true }),
      ),
    );
}
