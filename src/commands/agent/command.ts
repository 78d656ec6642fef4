import type { Command } from "commander";
import type { CliDeps, Run } from "../shared/invoke.ts";

export function defineAgent(program: Command, run: Run, { confirm, invocation }: CliDeps): void {
  const agent = program.command("agent").description("set up the files that tell coding agents about devpm");
  agent
    .command("init")
    .description(
      "add devpm's section to AGENTS.md and CLAUDE.md, and its MCP server; shown first, nothing else is changed",
    )
    .option("--dry-run", "show it only")
    .action(
      run(async ({ context, config, system }, _, options) =>
        (await import("./run.ts")).agentInit(context, system, {
          config,
          dryRun: options.dryRun === true,
          confirm,
          typed: invocation(),
        }),
      ),
    );
}
