import { expanded, needed } from "../../model/groups.ts";
import type { Receipt } from "../../model/events.ts";
import { claimedPorts, type Project } from "../../model/project.ts";
import type { Stopped } from "../../model/protocol.ts";
import { releaseClaims } from "../../preflight/ports/claim-store.ts";
import { preflight } from "../../preflight/preflight.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { System } from "../../system/system.ts";
import { sweepMarked } from "../../teardown/sweep.ts";
import type { Apps } from "../apps/apps.ts";
import type { SessionModel } from "../session-model.ts";
import type { SessionLock } from "../store/lock.ts";

export interface SwitchOptions {
  project: Project;
  apps: Apps;
  lock: SessionLock;
  model: () => SessionModel;
  notify: (text: string) => void;
}

/**
 * `devpm start`: turns these on with those of their dependencies that are off, and runs the named tasks. Problems are
 * returned, and nothing was started then; progress is reported as events of the session.
 */
export async function turnOn(system: System, names: readonly string[], options: SwitchOptions): Promise<Diagnostic[]> {
  const { project, apps, lock, model } = options;
  const requested = expanded(names, project.groups);
  const on = needed(project, requested);
  const off = project.apps.filter(({ name }) => on.has(name) && !apps.isOn(name));
  const tasksOff = project.tasks.filter(({ name }) => on.has(name) && !apps.tasks.isOn(name));
  const problems = await preflight(system, {
    project: { ...project, apps: [...off, ...tasksOff] },
    record: lock.record,
    consent: "none",
    sweep: (session, ports) => sweepMarked(system, session, ports),
    notify: options.notify,
  });
  if (problems.length > 0)
    return problems.map((problem) => ({ ...problem, state: "Nothing was started; everything else keeps running." }));
  await claim(lock, off);
  for (const { name } of tasksOff) if (!requested.includes(name)) void apps.tasks.look(name, "retry");
  for (const name of requested) {
    if (apps.tasks.has(name)) void apps.tasks.look(name, "run");
    else if (isDown(model(), name) && apps.isOn(name)) apps.startAgain(name);
  }
  for (const { name } of off) apps.turnOn(name);
  return [];
}

/** `devpm stop`: ends these, and returns what was done. Their dependents continue to run. */
export async function turnOff(system: System, names: readonly string[], options: SwitchOptions): Promise<Stopped> {
  const { project, apps, lock } = options;
  const began = system.clock.monotonic();
  const requested = expanded(names, project.groups);
  const tasks = requested.filter((name) => apps.tasks.has(name));
  const [receipts] = await Promise.all([
    Promise.all(requested.filter((name) => apps.isOn(name)).map((name) => apps.turnOff(name))),
    Promise.all(tasks.filter((name) => apps.tasks.isOn(name)).map((name) => apps.tasks.stop(name))),
  ]);
  const ports = project.apps.filter(({ name }) => requested.includes(name)).flatMap(claimedPorts);
  await releaseClaims(system, lock.record.id, ports);
  await release(lock, requested);
  return {
    ended: receipts.flatMap(({ ended }) => ended),
    leftovers: receipts.flatMap(({ leftovers }): Receipt["leftovers"] => leftovers),
    portsFree: ports.filter((port) => system.ports.holders(port).length === 0).toSorted((a, b) => a - b),
    ms: Math.round(system.clock.monotonic() - began),
  };
}

const isDown = (model: SessionModel, name: string): boolean =>
  ["crashed", "failed"].includes(model.apps.get(name)?.status.state ?? "");

/** What is on claims its ports: a teardown without the engine checks them. */
async function claim(lock: SessionLock, apps: Project["apps"]): Promise<void> {
  const claimed = new Map(apps.map((app) => [app.name, claimedPorts(app)]));
  const recorded = lock.record.apps.map((app) => ({ ...app, ports: claimed.get(app.name) ?? app.ports }));
  await lock.update({ apps: recorded, ports: recorded.flatMap(({ ports }) => ports) });
}

async function release(lock: SessionLock, names: readonly string[]): Promise<void> {
  const recorded = lock.record.apps.map((app) => (names.includes(app.name) ? { ...app, pids: [], ports: [] } : app));
  await lock.update({ apps: recorded, ports: recorded.flatMap(({ ports }) => ports) });
}
