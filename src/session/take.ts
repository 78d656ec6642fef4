import { failed, type Outcome, ok } from "../diagnostics/outcome.ts";
import type { System } from "../system/system.ts";
import { dropShim, type StartedShim } from "../teardown/guardian.ts";
import { removeTraces } from "../teardown/sweep.ts";
import { nowhereToWrite } from "./diagnostics.ts";
import { earlyShim } from "./guardian.ts";
import type { EngineRequest } from "./request.ts";
import { firstRecord } from "./store/first-record.ts";
import { acquireLock, type SessionLock } from "./store/lock.ts";
import { removeFormerEnvironments, socketsFor } from "./store/state-folder.ts";

/** The instance is taken, and the shim boots. */
export interface Taken {
  lock: SessionLock;
  early: EarlyShim;
}

export interface EarlyShim {
  /** For the guardian, once; null: there is none. */
  take: () => StartedShim | null;
  /** Where the guardian has not taken it, it ends. */
  drop(): Promise<void>;
}

/** Takes the instance for a new session, with a folder for its sockets. */
export async function takeInstance(system: System, request: EngineRequest): Promise<Outcome<Taken>> {
  const { instance } = request;
  let early = earlyShimOf(system, null);
  try {
    const sockets = await socketsFor(system, instance);
    if (!sockets.ok) return sockets;
    const first = firstRecord(system, request, sockets.value);
    early = earlyShimOf(system, await earlyShim(system, instance, first));
    const taken = await acquireLock(system, instance, first);
    if (taken.ok) {
      await removeFormerEnvironments(system, instance);
      return ok({ lock: taken.value, early });
    }
    await early.drop();
    await removeTraces(system, instance.sessionFile, first);
    return failed(...taken.diagnostics);
  } catch (error) {
    await early.drop();
    return nowhereToWrite(instance, error);
  }
}

function earlyShimOf(system: System, started: StartedShim | null): EarlyShim {
  let kept = started;
  const take = (): StartedShim | null => {
    const one = kept;
    kept = null;
    return one;
  };
  return {
    take,
    async drop() {
      const one = take();
      if (one) await dropShim(system, one);
    },
  };
}
