import { Option, type Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";
import { count } from "../shared/values.ts";

export function defineLogs(program: Command, run: Run): void {
  program
    .command("logs")
    .argument(
      "[apps...]",
      "apps, tasks, groups and compose services, and devpm's own lines as devpm; default: all apps and tasks",
    )
    .description("what apps printed, and what they print now")
    .option("-n, --lines <n>", "how many past lines (default 100; all with --since or --until)", count)
    .option("-f, --follow", "stay and show new lines (default while a session runs)")
    .option("--no-follow", "only past lines")
    .option("--since <when>", "5m, last-save, or an ISO time")
    .option("--until <when>", "nothing later; as --since, and with --no-follow")
    .option("--grep <regex>", "only lines that match")
    .addOption(
      new Option("--level <level>", "only lines of this level and more severe ones").choices(["error", "warn", "info"]),
    )
    .addOption(jsonFlag())
    .action(
      run(async ({ context, system }, apps, options) => {
        const { logs } = await import("./run.ts");
        return logs(context, {
          apps,
          // a live line is later than any end
          follow: options.follow !== false && options.until === undefined,
          json: options.json === true,
          lines: options.lines as number | undefined,
          since: options.since as string | undefined,
          until: options.until as string | undefined,
          grep: options.grep as string | undefined,
          level: options.level as string | undefined,
          containers: async () => (await import("./containers.ts")).containerLogs(await system()),
        });
      }),
    );
}
