import type { Command } from "commander";
import type { Doors, Run } from "../shared/invoke.ts";

export function defineAttach(program: Command, run: Run, { signals }: Doors): void {
  program
    .command("attach")
    .argument("[app]", "one app, task or group; default: the whole session")
    .description("follow a running session as its own terminal does; leaving it ends nothing")
    .option("--plain", "no footer and no keys: the lines alone")
    .option("--timestamps", "the time of day before each line")
    .action(
      run(async ({ context }, [app], options) => {
        const { attach } = await import("./run.ts");
        const { plain, timestamps } = options;
        return attach(context, signals, { app: app ?? null, plain: plain === true, timestamps: timestamps === true });
      }),
    );
}
