import { unknownNames } from "../../config/unknown-names.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Instance } from "../../model/instance.ts";
import type { Stale } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { joinWithAnd } from "../../util/text.ts";

/** null: the session has apps, tasks or groups with all these names, did not answer, or does not know its own names yet. */
export async function unknownApps(
  engine: EngineClient,
  wanted: readonly string[],
  command: string,
): Promise<Diagnostic | null> {
  if (wanted.length === 0) return null;
  const answer = await engine.ask({ op: "status", bare: true });
  if (answer?.ok !== true) return null;
  const { apps, tasks = [], groups = {}, session } = answer.status;
  const known = [...apps.map(({ name }) => name), ...tasks.map(({ name }) => name), ...Object.keys(groups)];
  if (known.length === 0 && session?.state === "starting") return null;
  return unknownNames(wanted, known, command);
}

/** Commands whose name is not the verb for what they do to a session. */
const AS_VERB: Readonly<Record<string, string>> = { wait: "wait for", attach: "attach to", ui: "show" };

/** `stale`: what a dead session has left running here. */
export const noSession = ({ root }: Instance, command: string, stale: Stale | null = null): Diagnostic => ({
  code: "DEVPM_NO_SESSION",
  severity: "error",
  summary: `No session is running here, so there is nothing to ${AS_VERB[command] ?? command}`,
  evidence: [
    ["folder", root],
    ...(stale ? [["left", `of a session that was killed: pid ${joinWithAnd(stale.pids)}`] as const] : []),
  ],
  fixes: [
    { label: "start it", command: "devpm dev" },
    ...(stale ? [{ label: "or end what is left", command: "devpm down" }] : []),
    { label: "or see what runs elsewhere", command: "devpm list" },
  ],
});
