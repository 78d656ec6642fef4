import type { Diagnostic, Fix } from "../../diagnostics/diagnostic.ts";
import { createContext, report } from "../shared/context.ts";
import type { CliDeps } from "../shared/invoke.ts";
import type { UsageRefusal } from "./refusals.ts";

/** For commands that other tools have without arguments: what does that here. */
const MEANT: Readonly<Record<string, Fix[]>> = {
  start: [
    { label: "start everything", command: "devpm dev" },
    { label: "or an app that is off", command: "devpm start backend" },
  ],
  stop: [
    { label: "end the whole session", command: "devpm down" },
    { label: "or one app", command: "devpm stop backend" },
  ],
  run: [
    { label: "run everything", command: "devpm dev" },
    { label: "or a command as an app sees it", command: "devpm run backend -- COMMAND" },
    { label: "or a task once more", command: "devpm restart TASK" },
  ],
};

/** A command line that cannot be parsed, in the form of every other problem. */
export function reportUsage(deps: CliDeps, refusal: UsageRefusal, colored: boolean): Promise<number> {
  const call = { program: deps.invocation, place: "" };
  const flags = { color: colored, verbose: false };
  return report(createContext(deps.commandSystem(deps.cwd), deps.terminal, flags, call), [usageOf(refusal)]);
}

export function usageOf({ command, text }: UsageRefusal): Diagnostic {
  const [, said = "", near] = /^(?:error: )?([^]*?)(?:\s*\(Did you mean (.+)\?\))?\s*$/.exec(text) ?? [];
  // "option '--level <level>' argument 'loud' is invalid. Allowed choices are …"
  const [summary = said, expected] = said.split(/(?<= is invalid(?: for argument '.*')?)\. /);
  const help: Fix = { label: "what it takes", command: `devpm ${command === "" ? "" : `${command} `}--help` };
  return {
    code: "DEVPM_USAGE",
    severity: "error",
    summary,
    evidence: [
      ...(expected === undefined ? [] : [["because", expected] as const]),
      ...(near === undefined ? [] : [["did you mean", near] as const]),
    ],
    state: "Nothing was started.",
    fixes: [...(summary.startsWith("missing required") ? (MEANT[command] ?? []) : []), help],
  };
}
