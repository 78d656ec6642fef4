import type { Instance } from "../model/instance.ts";
import { sweptNotice } from "../model/swept-notice.ts";
import type { System } from "../system/system.ts";
import { takeEnded } from "../teardown/ended.ts";
import { sweep } from "../teardown/sweep.ts";
import { guardianNotice } from "./diagnostics.ts";
import type { SessionLock } from "./store/lock.ts";

/** Ends what dead sessions of this project left, and reports one line for each, including what a guardian ended. */
export async function sweepStale(
  system: System,
  { sessionFile }: Instance,
  lock: SessionLock,
  notice: (text: string) => void,
): Promise<void> {
  for (const record of lock.stale) {
    const receipt = await sweep(system, { record, recordFile: sessionFile });
    await lock.removeStale(record);
    const swept = sweptNotice(receipt);
    if (swept) notice(swept);
  }
  const ended = await takeEnded(system, sessionFile);
  if (ended) notice(guardianNotice(ended));
}
