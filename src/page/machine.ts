import { everySession } from "../checkout/all-sessions.ts";
import { branchAt } from "../checkout/git.ts";
import { instanceOf } from "../model/instance.ts";
import type { ListedSession } from "../model/page.ts";
import type { SessionRecord } from "../model/session-record.ts";
import { askSession } from "../system/engine/ask-session.ts";
import type { System } from "../system/system.ts";

export type MachineSystem = Pick<System, "files" | "environment" | "processes" | "connectEngine">;

/** Every session of this user, the one of this page included, with what each one's engine answers. */
export async function listSessions(system: MachineSystem, own: string): Promise<ListedSession[]> {
  const records = await everySession(system.files, system.environment);
  return Promise.all(records.map((record) => listed(system, record, own)));
}

/** A link to the page of another session; else why there is none. */
export async function openOther(system: MachineSystem, id: string): Promise<{ url: string } | { error: string }> {
  const record = (await everySession(system.files, system.environment)).find((one) => one.id === id);
  if (!record || !system.processes.alive(record.engine)) return { error: "that session has ended" };
  const answer = await askSession(system, instanceOf(record.root, system.environment), { op: "ui" }, OPEN_MS);
  if (answer?.ok === true) return { url: answer.url };
  return { error: answer?.ok === false ? answer.error : "that session does not answer" };
}

const OPEN_MS = 5_000;

async function listed(system: MachineSystem, record: SessionRecord, own: string): Promise<ListedSession> {
  const { id, project, root, startedAt, ports, engine } = record;
  const facts = {
    id,
    project,
    root,
    startedAt,
    ports,
    branch: await branchAt(system.files, root),
    isThis: id === own,
  };
  if (!system.processes.alive(engine)) return { ...facts, state: "dead", apps: [] };
  const answer = await askSession(system, instanceOf(root, system.environment), { op: "status" });
  if (answer?.ok !== true) return { ...facts, state: "unresponsive", apps: [] };
  const apps = answer.status.apps.map(({ name, state, url }) => ({ name, state, url }));
  return { ...facts, state: answer.status.session?.state ?? record.state, apps };
}
