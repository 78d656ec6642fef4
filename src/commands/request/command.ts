import type { Command } from "commander";
import { jsonFlag, type Run } from "../shared/invoke.ts";
import { seconds } from "../shared/values.ts";

export function defineRequest(program: Command, run: Run): void {
  program
    .command("request")
    .argument("<app>", "an app of the running session; devpm knows its port and protocol")
    .argument("<path>", "such as /api/items?page=2")
    .description("ask an app over HTTP; prints status, body and what the app logged meanwhile")
    .option("-X, --request <method>", "the method; default: GET, or POST with -d")
    .option("-d, --data <body>", "the body; JSON is sent as JSON, anything else as a form")
    .option("-H, --header <line>", "such as 'Accept: text/html'; can be repeated", collect, [])
    .option("--timeout <seconds>", "how long an app that starts, and its whole answer, may take", seconds, 30)
    .addOption(jsonFlag())
    .action(
      run(async ({ context }, [app = "", path = ""], options) =>
        (await import("./run.ts")).request(context, {
          app,
          path,
          method: options.request as string | undefined,
          body: (options.data as string | undefined) ?? null,
          headers: options.header as string[],
          timeoutMs: (options.timeout as number) * 1_000,
          json: options.json === true,
        }),
      ),
    );
}

const collect = (line: string, before: readonly string[]): string[] => [...before, line];
