import { duration } from "../../util/text.ts";
import { print, type CommandContext } from "../shared/context.ts";
import { printVerdict, verdictOf } from "../shared/verdict.ts";
import { UNTIL_READY_MS, withNamed } from "../shared/with-session.ts";

export interface RestartOptions {
  apps: string[];
  json: boolean;
}

/** `devpm restart APP…`: new processes; returns when they are ready; 1 and the reason when they do not start. */
export function restart(context: CommandContext, { apps, json }: RestartOptions): Promise<number> {
  const { system, terminal } = context;
  return withNamed(context, "restart", apps, async (engine) => {
    const started = system.clock.monotonic();
    const answer = await engine.ask({ op: "restart", apps }, UNTIL_READY_MS);
    const error = answer?.ok === true ? null : (answer?.error ?? "the session ended before the restart was done");
    if (json) return printVerdict(context, await verdictOf(engine, apps, error));
    if (error !== null) {
      print(terminal.err, [context.asTyped(error)]);
      return 1;
    }
    print(terminal.out, [`${apps.join(", ")} restarted in ${duration(system.clock.monotonic() - started)}`]);
    return 0;
  });
}
