import type { Identity } from "../../model/process.ts";
import type { App } from "../../model/project.ts";
import { takeClaims } from "../../preflight/ports/claim-store.ts";
import type { System } from "../../system/system.ts";
import { identitiesOf } from "../../teardown/survey.ts";
import type { SessionLock } from "../store/lock.ts";

/** Writes into the session file who an app's process is, for what has to end it without the engine. */
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
 * Where an app listens that does not listen where it claims: teardown and sweep look at that port too, and no other session
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

/** Their children too: found by pid where they have shed the mark and what adopted them is gone. */
export async function recordDescendants(system: System, lock: SessionLock): Promise<void> {
  const found = identitiesOf(system, lock.record);
  const of = (name: string): Identity[] => found.filter(({ app }) => app === name).map(({ identity }) => identity);
  const apps = lock.record.apps.map((app) => ({ ...app, pids: of(app.name) }));
  await lock.update({ apps, strays: of("") });
}

/** It has come to its end: nothing of it is to be ended any more, but for what it left behind, which the mark proves. */
export async function recordEnd(lock: SessionLock, name: string): Promise<void> {
  await lock.update({ apps: lock.record.apps.map((app) => (app.name === name ? { ...app, pids: [] } : app)) });
}
