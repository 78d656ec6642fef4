import { newestFirst } from "../../logs/past.ts";
import type { Own } from "../../logs/follow.ts";
import type { HistoryQuery } from "../../logs/history.ts";
import type { LogRecord } from "../../logs/record.ts";
import type { Instance } from "../../model/instance.ts";
import type { Streamed } from "../../model/protocol.ts";
import { createPlainUi } from "../../ui/plain.ts";
import { colorsOf } from "../../ui/colors.ts";
import type { CommandContext } from "../shared/context.ts";
import { outputInto } from "../shared/output-into.ts";

/** The name under which `devpm logs` knows devpm's own lines, unless an app has it. */
export const OWN = "devpm";

/** What devpm itself printed in a session, from the events that it was printed for: `devpm logs devpm`. */
export function ownLines(context: CommandContext, { logs }: Instance, query: HistoryQuery): Own {
  const linesOf = eventLines(context);
  const shown = new Set<string>();
  const records = (event: Streamed): LogRecord[] =>
    linesOf(event)
      .map((line): LogRecord => ({ at: event.at, n: -1, app: OWN, stream: "out", line }))
      .filter((record) => (query.since === null || record.at >= query.since) && query.accept(record));
  return {
    past() {
      const events = [...newestFirst(context.system.logFiles, logs)].toReversed();
      for (const event of events) shown.add(JSON.stringify(event));
      const all = events.flatMap(records);
      return query.limit === null ? all : all.slice(Math.max(0, all.length - query.limit));
    },
    // what came while the files were read is in both
    live: (event) => (shown.delete(JSON.stringify(event)) ? [] : records(event)),
  };
}

/** The lines of an event, as a terminal shows them, without their prefix. */
function eventLines({ terminal, verbose, asTyped }: CommandContext): (event: Streamed) => string[] {
  let text = "";
  const columns = Math.max(40, terminal.out.columns - "devpm | ".length);
  const out = outputInto(columns, (more) => void (text += more));
  const colors = colorsOf(terminal, "out", { shell: {}, never: true });
  const ui = createPlainUi(out, { colors, verbose, asTyped, fromElsewhere: true });
  return (event) => {
    text = "";
    if (event.event !== "log") ui.event(event);
    return text
      .split("\n")
      .map((line) => line.replace(/^devpm +\| /, ""))
      .filter((line) => line.trim() !== "");
  };
}
