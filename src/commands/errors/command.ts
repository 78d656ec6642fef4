import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineErrors(program: Command, run: Run): void {
  program
    .command("errors")
    .description("what is broken now in apps, browser, containers and devpm, each fault once")
    .option("--since <when>", "only what happened since: 5m, last-save, or an ISO time")
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./run.ts")).errors(context, {
          since: options.since as string | undefined,
          json: options.json === true,
        }),
      ),
    );
}
