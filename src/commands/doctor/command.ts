import type { Command } from "commander";
import { json, type Run } from "../shared/invoke.ts";

export function defineDoctor(program: Command, run: Run): void {
  program
    .command("doctor")
    .description("run the checks of dev without starting anything, and show what this machine guarantees")
    .addOption(json())
    .action(
      run(async ({ context, config, system }, _, options) => {
        const { doctor } = await import("./run.ts");
        return doctor(await system(), context, { json: options.json === true, config });
      }),
    );
}
