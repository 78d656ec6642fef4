import type { Command } from "commander";
import type { CliDeps, Run } from "../shared/invoke.ts";
import type { RunHere } from "./run.ts";

export function defineMcp(program: Command, run: Run, { script, version }: CliDeps, runHere: RunHere): void {
  program
    .command("mcp")
    .description("serve this project's session to a coding agent, over MCP on stdin and stdout")
    .action(
      run(async ({ context, system }) => {
        const { mcp } = await import("./run.ts");
        return mcp(await system(), context, { script, version, runHere });
      }),
    );
}
