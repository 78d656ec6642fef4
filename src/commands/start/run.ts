import { duration } from "../../util/text.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { unknownApps } from "../shared/names.ts";
import { unreachable } from "../shared/silent-session.ts";
import { printVerdict, verdictOf } from "../shared/verdict.ts";

export interface StartCommandOptions {
  /** Apps, tasks and groups. */
  names: string[];
  json: boolean;
}

/** The engine bounds each app by its own readiness deadline; this only ends the wait for an engine that hangs. */
const LONGEST = 15 * 60_000;

/** `devpm start NAME…`: returns when the apps are ready and the tasks done; 1 and the reason where one is not. */
export async function start(context: CommandContext, { names, json }: StartCommandOptions): Promise<number> {
  const { system, terminal } = context;
  const instance = await context.instance();
  const engine = await system.connectEngine(instance);
  if (engine === null) return report(context, [await unreachable(context, instance, "start")]);
  try {
    const unknown = await unknownApps(engine, names, "start");
    if (unknown) return await report(context, [unknown]);
    const began = system.clock.monotonic();
    const answer = await engine.ask({ op: "start", names }, LONGEST);
    const error = answer?.ok === true ? null : (answer?.error ?? "the session ended before the start was done");
    if (json) return printVerdict(context, await verdictOf(engine, names, error));
    if (answer?.ok === true) {
      print(terminal.out, [`started ${names.join(", ")} in ${duration(system.clock.monotonic() - began)}`]);
      return 0;
    }
    if (answer?.diagnostics && answer.diagnostics.length > 0) return await report(context, answer.diagnostics);
    print(terminal.err, [context.asTyped(error ?? "")]);
    return 1;
  } finally {
    engine.close();
  }
}
