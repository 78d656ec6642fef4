import { duration } from "../../util/text.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { unknownApps } from "../shared/names.ts";
import { unreachable } from "../shared/silent-session.ts";
import { printVerdict, verdictOf } from "../shared/verdict.ts";

export interface RestartOptions {
  apps: string[];
  json: boolean;
}

/** The engine bounds each app by its own readiness deadline; this only ends the wait for an engine that hangs. */
const LONGEST = 15 * 60_000;

/** `devpm restart APP…`: new processes; returns when they are ready; 1 and the reason when they do not start. */
export async function restart(context: CommandContext, { apps, json }: RestartOptions): Promise<number> {
  const { system, terminal } = context;
  const instance = await context.instance();
  const engine = await system.connectEngine(instance);
  if (engine === null) return report(context, [await unreachable(context, instance, "restart")]);
  try {
    const unknown = await unknownApps(engine, apps, "restart");
    if (unknown) return await report(context, [unknown]);
    const started = system.clock.monotonic();
    const answer = await engine.ask({ op: "restart", apps }, LONGEST);
    const error = answer?.ok === true ? null : (answer?.error ?? "the session ended before the restart was done");
    if (json) return printVerdict(context, await verdictOf(engine, apps, error));
    if (error !== null) {
      print(terminal.err, [context.asTyped(error)]);
      return 1;
    }
    print(terminal.out, [`${apps.join(", ")} restarted in ${duration(system.clock.monotonic() - started)}`]);
    return 0;
  } finally {
    engine.close();
  }
}
