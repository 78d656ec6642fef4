import type { Command } from "commander";
import { json, type Run } from "../shared/invoke.ts";

export function defineStatus(program: Command, run: Run): void {
  program
    .command("status")
    .description("apps, infra, ports, the last reload")
    .addOption(json())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./run.ts")).status(context, { json: options.json === true }),
      ),
    );
}
