import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { System } from "../../system/system.ts";
import { detachedFixes } from "../../ui/detached-start.ts";
import { createJsonUi } from "../../ui/json.ts";
import { exitCodeFor, report, type CommandContext } from "../shared/context.ts";

/** Why no session begins: with `--json` it is an event like those of a session, so that a program finds it where it reads. */
export async function refuse(
  { clock }: Pick<System, "clock">,
  context: CommandContext,
  { json, detached = false }: { json: boolean; detached?: boolean },
  found: readonly Diagnostic[],
): Promise<number> {
  const diagnostics = detached ? found.map((one) => ({ ...one, fixes: detachedFixes(one.fixes) })) : found;
  if (!json) return report(context, diagnostics);
  const ui = createJsonUi(context.terminal.out, context.asTyped);
  const at = clock.now().toISOString();
  for (const diagnostic of diagnostics) ui.event({ event: "diagnostic", at, ...diagnostic });
  return exitCodeFor(diagnostics);
}
