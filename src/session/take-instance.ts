import { type Outcome, ok } from "../diagnostics/outcome.ts";
import type { Instance } from "../model/instance.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { System } from "../system/system.ts";
import { dropShim, type StartedShim, takeBegun } from "../teardown/started-shim.ts";
import { removeTraces } from "../teardown/sweep.ts";
import { nowhereToWrite } from "./diagnostics.ts";
import type { EngineRequest } from "./engine-request.ts";
import { firstRecord } from "./store/first-record.ts";
import { acquireLock, type SessionLock } from "./store/lock.ts";
import { removeFormerEnvironments, socketsFor } from "./store/state-folder.ts";

/** The instance is taken. */
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

/** Takes the instance for a new session, with a folder for its sockets, and the shim that was begun for it. */
export async function takeInstance(system: System, request: EngineRequest): Promise<Outcome<Taken>> {
  const begun = takeBegun(system);
  const early = earlyShimOf(system, begun?.shim ?? null);
  const taken = await takeAs(system, request, begun?.id ?? system.helpers.guardian.sessionId());
  if (!taken.ok) await early.drop();
  return taken.ok ? ok({ lock: taken.value, early }) : taken;
}

async function takeAs(system: System, request: EngineRequest, id: string): Promise<Outcome<SessionLock>> {
  const { instance } = request;
  try {
    const sockets = await socketsFor(system, instance);
    if (!sockets.ok) return sockets;
    return await takeFor(system, instance, firstRecord(system, request, { id, sockets: sockets.value }));
  } catch (error) {
    return nowhereToWrite(instance, error);
  }
}

/** Where it is not taken, for whatever reason, nothing is left of the record's session. */
async function takeFor(system: System, instance: Instance, first: SessionRecord): Promise<Outcome<SessionLock>> {
  let isTaken = false;
  try {
    const lock = await acquireLock(system, instance, first);
    if (!lock.ok) return lock;
    isTaken = true;
    await removeFormerEnvironments(system, instance);
    return lock;
  } finally {
    if (!isTaken) await removeTraces(system, instance.sessionFile, first);
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
