import type { System } from "../system/system.ts";
import { endSession } from "../teardown/end.ts";
import { isOfMain } from "../infra/own/shared-project.ts";
import type { Project } from "../model/project.ts";
import type { Guardian } from "../teardown/guardian.ts";
import type { Pm2Client } from "../system/pm2/pm2.ts";
import type { Receipt } from "../model/events.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { Stop } from "./stop.ts";

export interface EndEngineOptions {
  record: SessionRecord;
  guardian: Guardian | null;
  client: Pm2Client | null;
  stop: Stop;
  /** The start of the infra, which was requested to stop with the session. */
  bringing: Promise<void>;
  infraUp: string[];
  /** null: it was not read yet. */
  project: Pick<Project, "isolation"> | null;
}

/** A Compose that does not stop on request is killed after 3 s; once devpm has ended, nothing else would do it. */
const COMPOSE_MS = 3_500;

/**
 * The engine's own teardown: PM2's apps by id, then everything that is proved ours, then the guardian, whose shim does
 * the final check. Null where a third Ctrl+C left the rest to the guardian.
 */
export async function endEngine(system: System, ending: EndEngineOptions): Promise<Receipt | null> {
  const { record, guardian, client, stop, bringing, infraUp, project } = ending;
  const began = system.clock.monotonic();
  const ended = endSession(system, {
    // Compose was asked to stop, and gets longer than what runs beside the apps
    record: { ...record, commands: [] },
    hurry: stop.now,
    pm2Signal: "SIGTERM",
    infraUp,
    ...(client ? { deletePm2Apps: (ms: number) => deleteApps(client, record.namespace, ms) } : {}),
  });
  const receipt = await unlessLeft(ended, stop);
  if (!receipt) {
    guardian?.hurry();
    return null;
  }
  await system.clock.within(bringing, COMPOSE_MS, stop.now);
  const proved = await guardian?.release();
  const leftovers = receipt.leftovers.filter(({ pid }) => system.processes.identify(pid) !== null);
  const known = new Set([...receipt.spared, ...leftovers].map(({ pid }) => pid));
  const unproved = (proved?.left ?? []).filter(({ pid }) => !known.has(pid));
  return {
    ...receipt,
    ...(infraUp.length > 0 && project && isOfMain(project) ? { infraShared: true } : {}),
    leftovers: [
      ...leftovers,
      ...unproved.map(({ pid, command }) => ({ pid, app: "", command, reason: "outlived its session" })),
    ],
    ms: Math.round(system.clock.monotonic() - began),
  };
}

/** By id, of the apps in our namespace: by namespace, PM2 would also delete an app *named* like it. */
async function deleteApps(client: Pm2Client, namespace: string, deadlineMs: number): Promise<void> {
  const all = await client.list();
  const ours = all.filter((one) => one.namespace === namespace);
  await Promise.all(ours.map(({ id }) => client.remove(id, deadlineMs)));
}

function unlessLeft<T>(work: Promise<T>, stop: Stop): Promise<T | null> {
  return Promise.race([
    work,
    new Promise<null>((resolve) => stop.leave.addEventListener("abort", () => resolve(null), { once: true })),
  ]);
}
