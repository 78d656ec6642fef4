import type { Prompts } from "../../session/prompts/prompts.ts";
import type { EventStream } from "../../session/stream.ts";
import type { LineInput } from "../../system/terminal/line-input.ts";

/**
 * Without keys of its own the session's terminal takes whole lines: for the app that waits at a prompt, where exactly one
 * does. Nothing is read at any other time, so that devpm can run in the background of its terminal.
 */
export function typedLines(lineInput: LineInput, stream: EventStream, prompts: Prompts): void {
  const typed = lineInput.lines((text) => {
    const [app, ...others] = prompts.open;
    if (app !== undefined && others.length === 0) prompts.send(app, { what: "line", text });
  });
  stream.subscribe(({ event }) => {
    if (event === "session.stopping") typed.rest();
    else if (event !== "app.prompt" && event !== "app.resumed") return;
    else if (prompts.open.length === 1) typed.read();
    else typed.rest();
  });
}
