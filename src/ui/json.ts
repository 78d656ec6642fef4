import type { AsTyped } from "../diagnostics/as-typed.ts";
import { diagnosticJson, typedFix } from "../diagnostics/print.ts";
import { eachBetween } from "../logs/encode-lines.ts";
import { jsonString, type LogRecord } from "../logs/record.ts";
import type { SessionEvent, Stamped } from "../model/events.ts";
import type { Streamed } from "../model/protocol.ts";
import type { Show } from "../session/backpressure.ts";
import type { Output } from "../system/terminal/terminal.ts";
import { plainLine } from "../util/text.ts";

/** `devpm dev --json`: one event a line. Colours that apps print because of devpm are removed from their lines. */
export function createJsonUi(out: Output, asTyped: AsTyped): Show {
  const event: Show["event"] = (one) => {
    if (one.event === "log") out.write(`{"event":"log",${logFields(one)}}\n`);
    else out.write(`${JSON.stringify(publicForm(one, asTyped))}\n`);
  };
  return {
    event,
    lines(batch) {
      const { at, app, stream, escapes } = batch;
      const before = `{"event":"log","at":"${at}","app":${jsonString(app)},"stream":"${stream}","line":"`;
      out.writeBytes(eachBetween(batch, before, '"}\n', escapes));
    },
  };
}

/** The public fields of a log line, in JSON, without the braces: also what `devpm logs --json` prints. */
export const logFields = ({ at, app, stream, line }: Omit<LogRecord, "n">): string =>
  `"at":"${at}","app":${jsonString(app)},"stream":"${stream}","line":${jsonString(plainLine(line))}`;

function publicForm(event: Streamed, asTyped: AsTyped): unknown {
  if (event.event === "diagnostic") return { event: "diagnostic", at: event.at, ...diagnosticJson(event, asTyped) };
  if (event.event === "app.crashed") return { ...event, fixes: event.fixes.map((fix) => typedFix(fix, asTyped)) };
  const { event: name, at, ...rest } = event.event === "app.failed" ? publicFailure(event) : event;
  return { event: name, at, ...rest };
}

/** The names of its tasks are one string; the service is in the reason. */
function publicFailure(event: Stamped<Extract<SessionEvent, { event: "app.failed" }>>) {
  const { tasks, service: _, ...rest } = event;
  return tasks ? { ...rest, task: tasks.join(", ") } : rest;
}
