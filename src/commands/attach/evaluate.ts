import type { Diagnostic, Evidence } from "../../diagnostics/diagnostic.ts";
import { promptPlace, type Evaluated } from "../../model/prompt.ts";
import type { Status } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { plainLine } from "../../util/text.ts";
import { print, printJson, report, type CommandContext } from "../shared/context.ts";

export interface EvaluateOptions {
  app: string;
  text: string;
  timeoutMs: number;
  json: boolean;
}

/** The engine has its own deadline; this ends the wait for one that hangs. */
const BEYOND_MS = 2_000;

/** `devpm attach APP --eval TEXT`: one line to the program that waits at a prompt, and what it prints until the next one. */
export async function evaluateAtPrompt(
  context: CommandContext,
  engine: EngineClient,
  status: Status,
  { app, text, timeoutMs, json }: EvaluateOptions,
): Promise<number> {
  if (!status.apps.some(({ name, prompt }) => name === app && prompt !== undefined))
    return report(context, [noPrompt(status, app)]);
  const answer = await engine.ask({ op: "evaluate", app, text, timeoutMs }, timeoutMs + BEYOND_MS);
  if (answer?.ok !== true) {
    const error = answer?.ok === false ? answer.error : "the session does not answer";
    print(context.terminal.err, [context.asTyped(error)]);
    return 1;
  }
  if (json) printJson(context, answer.evaluated);
  else print(context.terminal.out, linesOf(answer.evaluated, app));
  return 0;
}

const linesOf = ({ lines, prompt }: Evaluated, app: string): string[] => {
  if (prompt === null) return [...lines, `${app} continues`];
  const place = promptPlace(prompt);
  return [...lines, `${plainLine(prompt.text).trimEnd()}${place === "" ? "" : `  ${place}`}`];
};

export function noPrompt({ apps }: Pick<Status, "apps">, app: string): Diagnostic {
  const others = apps.flatMap(({ name, prompt }) => (prompt ? [`${name} ${promptPlace(prompt)}`.trimEnd()] : []));
  return {
    code: "DEVPM_NO_PROMPT",
    severity: "error",
    summary: `${app} is not waiting at a prompt`,
    evidence: [
      ["state", `${app} is ${apps.find(({ name }) => name === app)?.state ?? "unknown"}`],
      ...(others.length > 0 ? [["at one", others.join(", ")] as Evidence] : []),
    ],
    state: "Nothing was sent.",
    fixes: [{ label: "follow it until it waits", command: `devpm attach ${shellQuote(app)}` }],
  };
}
