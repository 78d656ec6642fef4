import type { Command } from "commander";
import { jsonFlag, type CliDeps, type Run } from "../shared/invoke.ts";

const VERBS = {
  up: "start what is stopped or missing, wait until healthy",
  down: "stop them; data is kept",
  status: "show their state",
};

export function defineInfra(program: Command, run: Run, { confirm }: CliDeps): void {
  const infra = program.command("infra").description("the compose services alone");
  for (const [verb, description] of Object.entries(VERBS) as [keyof typeof VERBS, string][]) {
    const command = infra.command(verb).description(description).addOption(jsonFlag());
    if (verb === "down")
      command
        .option("--volumes", "remove the containers, and with them the data; asks first")
        .option("--yes", "with --volumes: do not ask")
        .option("--force", "also while sessions of other checkouts use them");
    command.action(
      run(async ({ context, config, system }, _, options) => {
        const { infraCommand } = await import("./run.ts");
        return infraCommand(await system(), context, verb, {
          json: options.json === true,
          volumes: options.volumes === true,
          evenUsed: options.force === true,
          consent: options.yes === true ? "given" : confirm,
          config,
        });
      }),
    );
  }
}
