import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineDoctor(program: Command, run: Run): void {
  program
    .command("doctor")
    .description("run the checks of dev without starting anything, and show what this machine guarantees")
    .addOption(jsonFlag())
    .action(
      run(async ({ context, config, system }, _, options) => {
        const { doctor } = await import("./run.ts");
        return doctor(await system(), context, { json: options.json === true, config });
      }),
    );
}
