import { isUnsafePort } from "../../model/unsafe-ports.ts";
import type { System } from "../../system/system.ts";
import { claimedElsewhere } from "./claim-store.ts";

/** The first above a port that is not taken, and that browsers open. */
export function nextFree(port: number, isTaken: (port: number) => boolean): number {
  for (let candidate = port + 1; candidate <= 65_535; candidate++) {
    if (!isUnsafePort(candidate) && !isTaken(candidate)) return candidate;
  }
  return port - 1;
}

/** The same, where nothing listens, no other session claims, and this one does not. */
export async function freeAbove(
  system: Pick<System, "files" | "processes" | "environment" | "ports">,
  port: number,
  { session, claimed }: { session: string; claimed: readonly number[] },
): Promise<number> {
  const elsewhere = await claimedElsewhere(system, session);
  const listening = system.ports.listening().map((one) => one.port);
  const taken = new Set([...claimed, ...elsewhere, ...listening]);
  return nextFree(port, (one) => taken.has(one));
}
