import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Instance } from "../session/instance.ts";
import type { EngineClient } from "../system/engine-client.ts";
import { unknownNames } from "./names.ts";

/** null: the session has all of these apps, or did not say. */
export async function unknownApps(
  engine: EngineClient,
  wanted: readonly string[],
  command: string,
): Promise<Diagnostic | null> {
  if (wanted.length === 0) return null;
  const answer = await engine.ask({ op: "status" });
  if (answer?.ok !== true || !("status" in answer)) return null;
  const known = answer.status.apps.map(({ name }) => name);
  return unknownNames(wanted, known, command);
}

export const noSession = (instance: Instance, command: string): Diagnostic => ({
  code: "DEVPM_NO_SESSION",
  severity: "error",
  summary: `No session is running here, so there is nothing to ${command === "wait" ? "wait for" : command}`,
  evidence: [["folder", instance.root]],
  fixes: [
    { label: "start it", command: "devpm dev" },
    { label: "or see what runs elsewhere", command: "devpm list" },
  ],
});
