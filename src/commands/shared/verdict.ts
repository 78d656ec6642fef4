import type { AppStatus, Status } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { expanded } from "../../model/groups.ts";
import { printJson, type CommandContext } from "./context.ts";

/** The JSON of what waits for apps: `wait`, `restart` and `start`. */
export interface Verdict {
  ok: boolean;
  apps: AppStatus[];
  error: string | null;
}

/** It has just answered what it was asked before, so it lives, and has only little time. Milliseconds. */
const BUSY_MS = 10_000;

/** With the apps as they are now; without names all that are on. */
export async function verdictOf(
  engine: EngineClient,
  names: readonly string[],
  error: string | null,
): Promise<Verdict> {
  const now = await engine.ask({ op: "status" }, BUSY_MS);
  const status = now?.ok === true ? now.status : null;
  return { ok: error === null, apps: appsNamed(status, names), error };
}

/** Those of the names, which may be groups; without names all that are on. */
export function appsNamed(status: Status | null, names: readonly string[]): AppStatus[] {
  const named = expanded(names, status?.groups ?? {});
  return (status?.apps ?? []).filter(({ name, state }) =>
    named.length === 0 ? state !== "stopped" : named.includes(name),
  );
}

export function printVerdict(context: CommandContext, verdict: Verdict): number {
  printJson(context, { ...verdict, error: verdict.error === null ? null : context.asTyped(verdict.error) });
  return verdict.ok ? 0 : 1;
}
