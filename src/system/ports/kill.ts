import { accessSync, constants } from "node:fs";
import path from "node:path";
import type { KillPortResult, PortHolder } from "./types.ts";
import type { Identity } from "../../model/process.ts";
import { processes } from "../processes/processes.ts";

/**
 * kill-port pipes `lsof` through `grep LISTEN` into `kill -9`, and answers as if it had worked when it did not. So: only
 * with lsof there, only for holders that are all agreed to, and only where that grep can match no other process.
 */
export async function killPort(
  port: number,
  agreed: readonly Identity[],
  holders: (port: number) => PortHolder[],
): Promise<KillPortResult> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || !lsofThere()) return "refused";
  const pids = holders(port).map((holder) => holder.pid);
  if (pids.length === 0) return "freed";
  const live = agreed.filter((identity) => processes.alive(identity));
  const known = new Set(live.map((identity) => identity.pid));
  if (!pids.every((pid) => pid !== null && pid !== process.pid && known.has(pid))) return "refused";
  if (processes.snapshot().some((info) => info.comm.includes("LISTEN") && !known.has(info.pid))) return "refused";
  const { default: run } = await import("kill-port");
  await run(port, "tcp").catch(() => {});
  await processes.waitGone(
    live.filter((identity) => pids.includes(identity.pid)),
    500,
  );
  return holders(port).length === 0 ? "freed" : "failed";
}

function lsofThere(): boolean {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, "lsof"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
