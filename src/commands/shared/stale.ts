import type { Instance } from "../../model/instance.ts";
import { MARK } from "../../model/ownership.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { Stale } from "../../model/status.ts";
import { staleSessions } from "../../session/store/lock.ts";
import { readSessionFile } from "../../system/engine/session-file.ts";
import type { CommandSystem } from "./context.ts";

/** What runs of a dead session, where nothing is left to end it: its engine and both of its guards were killed. null: nothing. */
export async function findStale(system: CommandSystem, instance: Instance): Promise<Stale | null> {
  const current = await readSessionFile(system.files, instance.sessionFile);
  const records = [...(current ? [current] : []), ...(await staleSessions(system.files, instance))];
  for (const record of records) {
    const pids = leftOf(system, record);
    if (pids.length > 0) return { id: record.id, pids };
  }
  return null;
}

/** Nothing of a session that is run, or that its guardian is ending. */
function leftOf({ processes, environment }: CommandSystem, record: SessionRecord): number[] {
  const { id, engine, sentinel, shim, daemon, apps, strays = [] } = record;
  const ending = [engine, sentinel, shim].some((one) => one !== null && processes.alive(one));
  if (ending) return [];
  const recorded = [...(daemon ? [daemon] : []), ...apps.flatMap(({ pids }) => pids), ...strays];
  const living = recorded.filter((one) => processes.alive(one)).map(({ pid }) => pid);
  const marked = processes.carrying(MARK, id).filter((pid) => pid !== environment.pid);
  return [...new Set([...living, ...marked])].toSorted((a, b) => a - b);
}
