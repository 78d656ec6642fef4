import { print, printJson, report, type CommandContext } from "../shared/context.ts";
import { withNamed } from "../shared/with-session.ts";
import { askedApp } from "./asked-app.ts";
import { exchangeWith } from "./exchange.ts";
import { answerLines, jsonAnswer } from "./print.ts";
import { findTarget } from "./target.ts";
import type { TypedRequest } from "./typed-request.ts";

export interface RequestOptions extends TypedRequest {
  timeoutMs: number;
  json: boolean;
}

/** `devpm request APP PATH`: 0 where the app answers, whatever the status; 1 where it does not. */
export function request(context: CommandContext, options: RequestOptions): Promise<number> {
  const { app, timeoutMs, json } = options;
  return withNamed(context, "request", [app], async (engine) => {
    const asked = askedApp(context.system.clock, engine, { app, timeoutMs, asTyped: context.asTyped });
    const target = await findTarget(asked, options);
    if (!target.ok) return report(context, target.diagnostics);
    const exchange = await exchangeWith(context, target.value, { app, asked, timeoutMs });
    if (!exchange.ok) return report(context, exchange.diagnostics);
    if (json) printJson(context, jsonAnswer(exchange.value));
    else print(context.terminal.out, answerLines(exchange.value));
    return 0;
  });
}
