import { Option, type Command } from "commander";
import { json, type Run } from "./program-run.ts";
import { count, seconds } from "./program-values.ts";

/** What looks at a session or talks to it. */
export function addLogs(program: Command, run: Run): void {
  program
    .command("logs")
    .argument("[apps...]", "apps and compose services; default: all apps")
    .description("what apps printed, and what they print now")
    .option("-n, --lines <n>", "how many past lines (default 100; all with --since)", count)
    .option("-f, --follow", "stay and show new lines (default while a session runs)")
    .option("--no-follow", "only what is there")
    .option("--since <when>", "5m, last-save, or an ISO time")
    .option("--grep <regex>", "only lines that match")
    .addOption(new Option("--level <level>", "only lines of this level").choices(["error"]))
    .addOption(json())
    .action(
      run(async ({ context, system }, apps, options) => {
        const { logs } = await import("./logs.ts");
        const { lines, since, grep, level } = options as {
          lines?: number;
          since?: string;
          grep?: string;
          level?: string;
        };
        return logs(context, {
          apps,
          follow: options.follow !== false,
          json: options.json === true,
          ...(lines === undefined ? {} : { lines }),
          ...(since === undefined ? {} : { since }),
          ...(grep === undefined ? {} : { grep }),
          ...(level === undefined ? {} : { level }),
          containers: async () => (await import("./container-logs.ts")).containerLogs(await system()),
        });
      }),
    );
}

export function addSession(program: Command, run: Run): void {
  program
    .command("status")
    .description("apps, infra, ports, the last reload")
    .addOption(json())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./status.ts")).status(context, { json: options.json === true }),
      ),
    );
  program
    .command("restart")
    .argument("<apps...>", "apps to restart")
    .description("new processes for these apps; returns when they are ready")
    .action(run(async ({ context }, apps) => (await import("./restart.ts")).restart(context, { apps })));
  program
    .command("wait")
    .argument("[apps...]", "apps to wait for; default: all")
    .description("return when the apps are ready, or when the newest save is what answers")
    .addOption(new Option("--for <what>", "what to wait for").choices(["ready", "reload"]).default("ready"))
    .option("--timeout <seconds>", "how long", seconds, 60)
    .addOption(json())
    .action(
      run(async ({ context }, apps, options) =>
        (await import("./wait.ts")).wait(context, {
          apps,
          for: options.for as "ready" | "reload",
          timeoutMs: (options.timeout as number) * 1_000,
          json: options.json === true,
        }),
      ),
    );
  program
    .command("list")
    .description("every session of this user on this machine")
    .addOption(json())
    .action(
      run(async ({ context }, _, options) =>
        (await import("./list.ts")).list(context, { json: options.json === true }),
      ),
    );
}
