import type { Command } from "commander";
import { hintOnError, type Run } from "../shared/invoke.ts";

export function defineStop(program: Command, run: Run): void {
  program
    .command("stop")
    .configureOutput(hintOnError("devpm down ends the whole session, devpm stop backend one app"))
    .argument("<names...>", "apps, tasks and groups")
    .description("end apps of the running session; the rest keeps running")
    .action(run(async ({ context }, names) => (await import("./run.ts")).stop(context, { names })));
}
