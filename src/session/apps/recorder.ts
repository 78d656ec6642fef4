import type { Identity } from "../../model/process.ts";
import type { App } from "../../model/project.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import { takeClaims } from "../../preflight/ports/claim-store.ts";
import { SETTLED_MS } from "../../readiness/port-watch.ts";
import type { System } from "../../system/system.ts";
import { identitiesOf } from "../../teardown/survey.ts";
import type { SessionLock } from "../store/lock.ts";

/** Records an app's processes in the session file, for a teardown without the engine. */
export async function recordApp(
  { processes }: System,
  lock: SessionLock,
  { name, pmId, pid }: { name: string; pmId: number | null; pid: number },
): Promise<void> {
  const identity = processes.identify(pid);
  if (!identity) return;
  const apps = lock.record.apps.map((app) => (app.name === name ? { ...app, pmId, pids: [identity] } : app));
  await lock.update({ apps });
}

/**
 * The port of an app that does not listen where it claims: teardown and sweep check that port too, and no other session
 * takes it. `answering`: the app as it answers.
 */
export async function recordPort(system: System, lock: SessionLock, answering: App | undefined): Promise<void> {
  const { apps, ports } = lock.record;
  const port = answering?.port ?? null;
  if (!answering || port === null || ports.includes(port)) return;
  await Promise.all([
    takeClaims(system, lock.record, [port]),
    lock.update({
      apps: apps.map((app) => (app.name === answering.name ? { ...app, ports: [port, ...app.ports] } : app)),
      ports: [...ports, port],
    }),
  ]);
}

/**
 * Once what is ready has settled, and at once where the session stops before: the apps that still boot need the CPU that reading
 * every process takes. One reading is for all apps that are ready by then.
 */
export function recordingDescendants(system: System, lock: SessionLock, stopping: AbortSignal): () => Promise<void> {
  let pending: Promise<void> | null = null;
  return () =>
    (pending ??= system.clock.sleep(SETTLED_MS, stopping).then(() => {
      pending = null;
      return recordDescendants(system, lock);
    }));
}

/** Nothing boots any more: what the session has started is recorded with its state. */
export const recordReady = (system: System, lock: SessionLock): Promise<void> =>
  recordDescendants(system, lock, { state: "ready" });

/** Their children too: found by pid where they dropped the mark and the process that adopted them has ended. */
async function recordDescendants(system: System, lock: SessionLock, more: Partial<SessionRecord> = {}): Promise<void> {
  const found = identitiesOf(system, lock.record);
  const of = (name: string): Identity[] => found.filter(({ app }) => app === name).map(({ identity }) => identity);
  const apps = lock.record.apps.map((app) => ({ ...app, pids: of(app.name) }));
  await lock.update({ apps, strays: of(""), ...more });
}

/** It has ended: only what it left behind remains to be ended, and the mark proves that. */
export async function recordEnd(lock: SessionLock, name: string): Promise<void> {
  await lock.update({ apps: lock.record.apps.map((app) => (app.name === name ? { ...app, pids: [] } : app)) });
}
