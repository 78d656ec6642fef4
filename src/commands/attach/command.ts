import type { Command } from "commander";
import { type CliDeps, type Run } from "../shared/invoke.ts";
import { seconds } from "../shared/values.ts";

const EVAL_SECONDS = 30;

export function defineAttach(program: Command, run: Run, { signals, lineInput }: CliDeps): void {
  program
    .command("attach")
    .argument("[app]", "one app, task or group; default: the whole session")
    .description("follow a running session as its own terminal does; with an app, answer its prompts (pdb, input())")
    .option("--eval <line>", "with an app that waits at a prompt: send this line, print what it answers, and return")
    .option("--timeout <seconds>", `with --eval: how long the answer may take (default: ${EVAL_SECONDS})`, seconds)
    .option("--json", "with --eval: print JSON")
    .option("--plain", "no footer and no keys: the lines alone")
    .option("--timestamps", "the time of day before each line")
    .action(
      run(async ({ context }, [app], options) => {
        const { attach, evalWithoutApp } = await import("./run.ts");
        const { plain, timestamps } = options;
        const text = options.eval as string | undefined;
        if (text !== undefined && app === undefined) return evalWithoutApp(context);
        const timeoutMs = ((options.timeout as number | undefined) ?? EVAL_SECONDS) * 1_000;
        const line = text === undefined ? null : { text, timeoutMs, json: options.json === true };
        const flags = { plain: plain === true, timestamps: timestamps === true };
        return attach(context, signals, { app: app ?? null, line, lineInput, ...flags });
      }),
    );
}
