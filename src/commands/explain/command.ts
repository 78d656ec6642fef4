import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineExplain(program: Command, run: Run): void {
  program
    .command("explain")
    .argument("<code>", "such as DEVPM_PORT_HELD")
    .description("the page of one diagnostic")
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, [code = ""], options) =>
        (await import("./run.ts")).explain(context, { code, json: options.json === true }),
      ),
    );
}
