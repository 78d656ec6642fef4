import type { Command } from "commander";
import type { Doors, Run } from "../shared/invoke.ts";

export function defineAttach(program: Command, run: Run, { signals }: Doors): void {
  program
    .command("attach")
    .argument("[app]", "one app, task or group; default: the whole session")
    .description("follow a running session as its own terminal does; leaving it ends nothing")
    .action(
      run(async ({ context }, [app]) => {
        const { attach } = await import("./run.ts");
        return attach(context, signals, { app: app ?? null });
      }),
    );
}
