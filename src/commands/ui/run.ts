import { print, report, type CommandContext } from "../shared/context.ts";
import { unreachable } from "../shared/silent-session.ts";

export interface UiOptions {
  /** false: `--no-open`. */
  open: boolean;
}

/** Its server is loaded and started when it is asked for the first time. */
const ANSWER_MS = 10_000;

/** `devpm ui`: the session's engine serves its page; prints a link that opens it once, and opens it from a terminal. */
export async function ui(context: CommandContext, { open }: UiOptions): Promise<number> {
  const { system, terminal } = context;
  const instance = await context.instance();
  const engine = await system.connectEngine(instance);
  const answer = await engine?.ask({ op: "ui" }, ANSWER_MS);
  engine?.close();
  if (!engine || !answer) return report(context, [await unreachable(context, instance, "ui")]);
  if (!answer.ok || !("url" in answer)) {
    print(terminal.err, [context.asTyped(answer.ok ? "the session does not serve a page" : answer.error)]);
    return 1;
  }
  print(terminal.out, [answer.url]);
  // what is piped is for a program, which opens it itself
  if (open && terminal.out.isTTY) await (await system.browser())(answer.url, system.environment);
  return 0;
}
