import { askSession } from "../../system/engine/ask-session.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { unreachable } from "../shared/silent-session.ts";

export interface UiCommandOptions {
  /** false: `--no-open`. */
  open: boolean;
}

/** Its server is loaded and started when it is asked for the first time. */
const ANSWER_MS = 10_000;

/** `devpm ui`: the session's engine serves its page; prints a link that opens it once, and opens it from a terminal. */
export async function ui(context: CommandContext, { open }: UiCommandOptions): Promise<number> {
  const { system, terminal } = context;
  const instance = await context.instance();
  const answer = await askSession(system, instance, { op: "ui" }, ANSWER_MS);
  if (!answer) return report(context, [await unreachable(context, instance, "ui")]);
  if (!answer.ok) {
    print(terminal.err, [context.asTyped(answer.error)]);
    return 1;
  }
  print(terminal.out, [answer.url]);
  // what is piped is for a program, which opens it itself
  if (open && terminal.out.isTTY) await (await system.browser())(answer.url, system.environment);
  return 0;
}
