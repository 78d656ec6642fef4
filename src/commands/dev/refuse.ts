import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { System } from "../../system/system.ts";
import { createJsonUi } from "../../ui/json.ts";
import { exitCodeFor, report, type CommandContext } from "../shared/context.ts";

/** Why no session begins: with `--json` it is an event like those of a session, so that a program finds it where it reads. */
export async function refuse(
  { clock }: Pick<System, "clock">,
  context: CommandContext,
  { json }: { json: boolean },
  diagnostics: readonly Diagnostic[],
): Promise<number> {
  if (!json) return report(context, diagnostics);
  const ui = createJsonUi(context.terminal.out, context.asTyped);
  const at = clock.now().toISOString();
  for (const diagnostic of diagnostics) ui.event({ event: "diagnostic", at, ...diagnostic });
  return exitCodeFor(diagnostics);
}
