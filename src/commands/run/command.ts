import type { Command } from "commander";
import type { CliDeps, Run } from "../shared/invoke.ts";

export function defineRun(program: Command, run: Run, { signals }: CliDeps): void {
  program
    .command("run")
    .argument("<app>", "the app or task whose environment the command gets")
    .argument("<command...>", "the command, after --")
    .usage("<app> -- <command...>")
    .description("run any command as an app would see it: its folder, environment and virtual environment")
    .action(
      run(async ({ context, config, system }, [app = "", ...command]) => {
        const { runAs } = await import("./run.ts");
        return runAs(await system(), signals, context, { app, command, config });
      }),
    );
}
