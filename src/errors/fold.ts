import type { Stamped } from "../model/events.ts";
import type { Fault } from "../model/fault.ts";

/** What is broken, folded from the events, newest first: one that happens again moves to the front. */
export function foldFaults(faults: readonly Fault[], event: Stamped): readonly Fault[] {
  if (event.event === "error.gone") return faults.filter(({ id }) => id !== event.id);
  if (event.event !== "error.seen") return faults;
  const { event: _, at: __, ...fault } = event;
  return [fault, ...faults.filter(({ id }) => id !== fault.id)];
}
