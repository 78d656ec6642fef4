import type { Clock } from "../../system/clock.ts";

const QUIET_MS = 25;
const DRAIN_MS = 300;

/** A process has ended; its last lines may still be in transit. `lastOutput`: monotonic time of the latest one. */
export async function drained(clock: Clock, lastOutput: () => number): Promise<void> {
  const deadline = clock.monotonic() + DRAIN_MS;
  do await clock.sleep(QUIET_MS);
  while (clock.monotonic() - lastOutput() < QUIET_MS && clock.monotonic() < deadline);
}
