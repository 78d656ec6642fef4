import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineExplainEnv(program: Command, run: Run): void {
  program
    .command("explain-env")
    .argument("<app>", "an app of the configuration")
    .description("where each variable of an app comes from; values that may be secret are hidden")
    .option("--show [names...]", "show these values, or all")
    .addOption(jsonFlag())
    .action(
      run(async ({ context, config, system }, [app = ""], options) => {
        const { explainEnv } = await import("./run.ts");
        return explainEnv(await system(), context, {
          app,
          show: options.show === undefined ? null : options.show === true ? [] : (options.show as string[]),
          json: options.json === true,
          config,
        });
      }),
    );
}
