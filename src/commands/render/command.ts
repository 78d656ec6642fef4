import { Option, type Command } from "commander";
import type { Run } from "../shared/invoke.ts";

export function defineRender(program: Command, run: Run): void {
  program
    .command("render")
    .description("print the plain PM2 ecosystem; `pm2 start` of it runs without devpm")
    .addOption(new Option("--format <format>", "as x.json or x.config.cjs").choices(["json", "cjs"]).default("json"))
    .action(
      run(async ({ context, config, system }, _, options) => {
        const { render } = await import("./run.ts");
        return render(await system(), context, { format: options.format as "json" | "cjs", config });
      }),
    );
}
