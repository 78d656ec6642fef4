import { Option, type Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";

export function defineDown(program: Command, run: Run): void {
  program
    .command("down")
    .description("end this project's session from any terminal, and what a crashed one left")
    .option("--infra", "stop the compose services too (their data is kept)")
    .option("--force", "no grace: kill at once")
    .addOption(new Option("--all", "every session of this user, in whatever folder").conflicts("infra"))
    .addOption(
      new Option("--forget", "also drop what a worktree was given: its databases and ports").conflicts([
        "all",
        "infra",
      ]),
    )
    .addOption(jsonFlag())
    .action(
      run(async ({ context, config, system }, _, options) => {
        const real = await system();
        const { down, downAll } = await import("./run.ts");
        if (options.all === true)
          return downAll(real, context, { force: options.force === true, json: options.json === true });
        return down(real, context, {
          force: options.force === true,
          json: options.json === true,
          infra: options.infra === true,
          forget: options.forget === true,
          config,
        });
      }),
    );
}
