import { diagnosticJson } from "../diagnostics/print.ts";
import type { Stamped } from "../session/events.ts";
import type { Output } from "../system/terminal.ts";
import { calm } from "./text.ts";

/** `devpm dev --json`: one event a line. Colours that apps print for our sake are taken out of their lines. */
export function createJsonUi(out: Output): (event: Stamped) => void {
  return (event) => out.write(`${JSON.stringify(publicForm(event))}\n`);
}

function publicForm(event: Stamped): unknown {
  if (event.event === "log") {
    const { at, app, stream, line } = event;
    return { event: "log", at, app, stream, line: calm(line, false) };
  }
  if (event.event === "diagnostic") return { event: "diagnostic", at: event.at, ...diagnosticJson(event) };
  const { event: name, at, ...rest } = event;
  return { event: name, at, ...rest };
}
