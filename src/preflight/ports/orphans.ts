import type { Receipt } from "../../model/events.ts";
import { sweptNotice } from "../../model/swept-notice.ts";
import type { Claim } from "./types.ts";

/** Ends what carries the mark of a dead session. */
export type SweepMarked = (session: string, ports: number[]) => Promise<Pick<Receipt, "ended">>;

/** Ends what a dead session of ours left on a wanted port, and reports each in one line. */
export async function sweepOrphans(
  claims: readonly Claim[],
  sweep: SweepMarked,
  notify: (text: string) => void,
): Promise<void> {
  const orphans = claims.filter((claim) => claim.is === "orphan");
  for (const session of new Set(orphans.map((claim) => claim.session))) {
    const ports = orphans.filter((claim) => claim.session === session).map(({ port }) => port);
    const notice = sweptNotice({ ...(await sweep(session, ports)), leftovers: [] });
    if (notice) notify(notice);
  }
}
