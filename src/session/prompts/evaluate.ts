import { linesOf } from "../../model/log-batch.ts";
import type { Evaluated } from "../../model/prompt.ts";
import { plainLine } from "../../util/text.ts";
import type { Clock } from "../../system/clock.ts";
import { deferred } from "../../util/deferred.ts";
import type { EventStream } from "../stream.ts";
import type { Prompts } from "./prompts.ts";

export interface Evaluating {
  clock: Clock;
  stream: EventStream;
  prompts: Prompts;
  /** The client has gone, or the session ends. */
  gone: AbortSignal;
}

/** More than a terminal shows of one answer. */
const MOST_LINES = 10_000;

/** Sends a line to the program that waits, and returns what it printed until it waits again, or goes on. */
export async function evaluate(
  { clock, stream, prompts, gone }: Evaluating,
  { app, text, timeoutMs }: { app: string; text: string; timeoutMs: number },
): Promise<Evaluated | { error: string }> {
  // without a prompt nothing shows where the answer ends
  if (prompts.at(app) === null) return { error: `${app} is not waiting at a prompt` };
  const problem = prompts.send(app, { what: "line", text });
  if (problem !== null) return { error: problem };
  const lines: string[] = [];
  const done = deferred<Evaluated>();
  const keep = (printed: readonly string[]): void => {
    for (const line of printed) if (lines.length < MOST_LINES) lines.push(plainLine(line));
  };
  const leave = stream.subscribe(
    (event) => {
      if (!("app" in event) || event.app !== app) return;
      if (event.event === "log") keep([event.line]);
      else if (event.event === "app.prompt") {
        const { text: shown, file, line } = event;
        done.resolve({ lines, prompt: { text: shown, file, line } });
      } else if (OVER.has(event.event)) void prompts.printed().then(() => done.resolve({ lines, prompt: null }));
    },
    { lines: (batch) => void (batch.app === app && keep(linesOf(batch))) },
  );
  const evaluated = await clock.within(done.promise, timeoutMs, gone);
  leave();
  return (
    evaluated ?? { error: `${app} has not come back to a prompt within ${timeoutMs / 1_000} s: it is still running` }
  );
}

const OVER: ReadonlySet<string> = new Set(["app.resumed", "app.crashed", "app.stopped"]);
