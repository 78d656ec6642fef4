import { duration } from "../../util/text.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { printVerdict, verdictOf } from "../shared/verdict.ts";
import { UNTIL_READY_MS, withNamed } from "../shared/with-session.ts";

export interface StartCommandOptions {
  /** Apps, tasks and groups. */
  names: string[];
  json: boolean;
}

/** `devpm start NAME…`: returns when the apps are ready and the tasks done; 1 and the reason where one is not. */
export function start(context: CommandContext, { names, json }: StartCommandOptions): Promise<number> {
  const { system, terminal } = context;
  return withNamed(context, "start", names, async (engine) => {
    const began = system.clock.monotonic();
    const answer = await engine.ask({ op: "start", names }, UNTIL_READY_MS);
    const error = answer?.ok === true ? null : (answer?.error ?? "the session ended before the start was done");
    if (json) return printVerdict(context, await verdictOf(engine, names, error));
    if (answer?.ok === true) {
      print(terminal.out, [`started ${names.join(", ")} in ${duration(system.clock.monotonic() - began)}`]);
      return 0;
    }
    if (answer?.diagnostics && answer.diagnostics.length > 0) return await report(context, answer.diagnostics);
    print(terminal.err, [context.asTyped(error ?? "")]);
    return 1;
  });
}
