import { Option, type Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";
import { seconds } from "../shared/values.ts";

export function defineWait(program: Command, run: Run): void {
  program
    .command("wait")
    .argument("[apps...]", "apps, tasks and groups to wait for; default: all that are on")
    .description("return when the apps are ready, or when the newest save is what answers")
    .addOption(new Option("--for <what>", "what to wait for").choices(["ready", "reload"]).default("ready"))
    .option("--file <file>", "with --for reload: until the save of this file is what answers")
    .option("--timeout <seconds>", "how long", seconds, 60)
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, apps, options) =>
        (await import("./run.ts")).wait(context, {
          apps,
          // a file is what is reloaded
          for: options.file === undefined ? (options.for as "ready" | "reload") : "reload",
          file: options.file as string | undefined,
          timeoutMs: (options.timeout as number) * 1_000,
          json: options.json === true,
        }),
      ),
    );
}
