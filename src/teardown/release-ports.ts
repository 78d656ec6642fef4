import type { Receipt } from "../model/events.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { PortHolder } from "../system/ports/types.ts";
import type { Identity } from "../model/process.ts";
import type { TeardownSystem } from "./deps.ts";

type PortsOfReceipt = Pick<Receipt, "portsFree" | "portsHeld">;

/**
 * Checks every port of the session, both address families. One still held by `survivors` alone (proved ours, and
 * beyond our own SIGKILL) is given to kill-port, behind its guards; a foreign holder is named and left alone.
 */
export async function releasePorts(
  { ports, processes }: TeardownSystem,
  record: SessionRecord,
  survivors: readonly Identity[],
): Promise<PortsOfReceipt> {
  const portsFree: number[] = [];
  const portsHeld: Receipt["portsHeld"] = [];
  const wanted = new Set([...record.ports, ...record.apps.flatMap((app) => app.ports)]);
  for (const port of [...wanted].toSorted((a, b) => a - b)) {
    let holders = ports.holders(port);
    const ours = survivors.filter((one) => holders.some((holder) => holder.pid === one.pid));
    if (ours.length > 0 && (await ports.freeByKillPort(port, ours)) !== "refused") holders = ports.holders(port);
    if (holders.length === 0) portsFree.push(port);
    else portsHeld.push({ port, holder: nameOf(holders, processes) });
  }
  return { portsFree, portsHeld };
}

function nameOf(holders: readonly PortHolder[], processes: TeardownSystem["processes"]): string {
  const pids = [...new Set(holders.map((holder) => holder.pid))];
  const names = pids.map((pid) => {
    if (pid === null) return "a process that is invisible to this user";
    return `pid ${pid}  ${processes.describe(pid)?.command ?? "(just ended)"}`;
  });
  return names.join(", ");
}
