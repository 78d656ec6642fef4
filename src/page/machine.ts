import { everySession } from "../checkout/all-sessions.ts";
import { checkoutOf } from "../checkout/git.ts";
import { instanceOf } from "../model/instance.ts";
import type { ListedSession } from "../model/page.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { System } from "../system/system.ts";

export type MachineSystem = Pick<System, "files" | "environment" | "processes" | "connectEngine">;

/** Every session of this user, the one of this page included, with what each one's engine answers. */
export async function listSessions(system: MachineSystem, own: string): Promise<ListedSession[]> {
  const records = await everySession(system.files, system.environment);
  return Promise.all(records.map((record) => listed(system, record, own)));
}

/** The git branch that a folder is on now; null: none. */
export const branchOf = async ({ files }: Pick<MachineSystem, "files">, root: string): Promise<string | null> =>
  (await checkoutOf(files, root).catch(() => null))?.branch ?? null;

/** A link to the page of another session; else why there is none. */
export async function openOther(system: MachineSystem, id: string): Promise<{ url: string } | { error: string }> {
  const record = (await everySession(system.files, system.environment)).find((one) => one.id === id);
  if (!record || !system.processes.alive(record.engine)) return { error: "that session has ended" };
  const engine = await system.connectEngine(instanceOf(record.root, system.environment));
  const answer = await engine?.ask({ op: "ui" }, OPEN_MS);
  engine?.close();
  if (answer?.ok === true && "url" in answer) return { url: answer.url };
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
    branch: await branchOf(system, root),
    isThis: id === own,
  };
  if (!system.processes.alive(engine)) return { ...facts, state: "dead", apps: [] };
  const client = await system.connectEngine(instanceOf(root, system.environment));
  const answer = await client?.ask({ op: "status" });
  client?.close();
  if (answer?.ok !== true || !("status" in answer)) return { ...facts, state: "unresponsive", apps: [] };
  const apps = answer.status.apps.map(({ name, state, url }) => ({ name, state, url }));
  return { ...facts, state: answer.status.session?.state ?? record.state, apps };
}
