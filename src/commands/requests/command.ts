import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineRequests(program: Command, run: Run): void {
  program
    .command("requests")
    .argument("[app]", "one app; default: all")
    .description("the last requests to the apps, each with its status, its exception and what was logged")
    .option("--since <when>", "only those since: 5m, last-save, or an ISO time")
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, [app], options) =>
        (await import("./run.ts")).requests(context, {
          app: app ?? null,
          since: options.since as string | undefined,
          json: options.json === true,
        }),
      ),
    );
}
