import path from "node:path";
import { stateFolder } from "../../model/instance.ts";
import type { Identity } from "../../model/process.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { System } from "../../system/system.ts";

type Outside = Pick<System, "files" | "processes" | "environment">;

/** The content of the file of a claimed port: the session that has it. */
export interface StoredClaim {
  version: 1;
  port: number;
  /** The session's id. */
  session: string;
  project: string;
  root: string;
  engine: Identity;
  /** ISO 8601. */
  startedAt: string;
}

const folderOf = ({ environment }: Outside): string => path.join(stateFolder(environment), "claims");
const fileOf = (outside: Outside, port: number): string => path.join(folderOf(outside), `${port}.json`);

/**
 * Takes these ports for a session, all or none, over every session of the user: a file a port is created exclusively, and
 * one that a dead session left is moved aside first. Returns who owns each port that was not free. Always in the same
 * order, so that of two sessions that want the same ports one gets all of them.
 */
export async function takeClaims(
  outside: Outside,
  record: SessionRecord,
  ports: readonly number[],
): Promise<Map<number, StoredClaim>> {
  const lost = new Map<number, StoredClaim>();
  const wanted = [...new Set(ports)].toSorted((a, b) => a - b);
  for (const port of wanted) {
    const holder = await (lost.size === 0 ? take(outside, record, port) : holderOf(outside, record.id, port));
    if (holder) lost.set(port, holder);
  }
  if (lost.size > 0) await releaseClaims(outside, record.id, wanted);
  return lost;
}

/** Which of these ports other live sessions have. Read only. */
export async function otherClaims(
  outside: Outside,
  session: string,
  ports: readonly number[],
): Promise<Map<number, StoredClaim>> {
  const found = await Promise.all(ports.map((port) => holderOf(outside, session, port)));
  return new Map(found.filter((claim) => claim !== null).map((claim) => [claim.port, claim]));
}

/** Every port that another live session has: no alternative for this one. */
export async function claimedElsewhere(outside: Outside, session: string): Promise<number[]> {
  const names = await outside.files.list(folderOf(outside)).catch(() => []);
  const ports = names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1])).filter((port) => port > 0);
  return [...(await otherClaims(outside, session, ports)).keys()];
}

/** Gives back what the session has of these ports; without `ports`, everything. */
export async function releaseClaims(outside: Outside, session: string, ports?: readonly number[]): Promise<void> {
  const { files } = outside;
  const names = ports?.map((port) => `${port}.json`) ?? (await files.list(folderOf(outside)).catch(() => []));
  for (const name of names) {
    const file = path.join(folderOf(outside), name);
    if (parse(await read(outside, file))?.session === session) await files.remove(file).catch(() => {});
  }
}

/** null: it is ours now, or cannot be recorded (a full disk), where what the kernel shows must suffice. */
async function take(outside: Outside, record: SessionRecord, port: number): Promise<StoredClaim | null> {
  const { files, processes } = outside;
  const { id, project, root, engine, startedAt } = record;
  const claim: StoredClaim = { version: 1, port, session: id, project, root, engine, startedAt };
  const file = fileOf(outside, port);
  for (;;) {
    const created = await files.create(file, `${JSON.stringify(claim)}\n`).catch(() => null);
    if (created !== false) return null;
    const found = parse(await read(outside, file));
    if (found?.session === id) return null;
    if (found && processes.alive(found.engine)) return found;
    const alive = await retire(outside, file, id);
    if (alive) return alive;
  }
}

/** Moves a dead session's file away. If another devpm took the port between check and move, it goes back. */
async function retire(outside: Outside, file: string, session: string): Promise<StoredClaim | null> {
  const { files, processes } = outside;
  const aside = `${file}.${session}.stale`;
  await files.rename(file, aside).catch(() => {});
  const text = await read(outside, aside);
  const moved = parse(text);
  const alive = moved !== null && processes.alive(moved.engine) ? moved : null;
  if (alive && text !== null) await files.create(file, text).catch(() => {});
  await files.remove(aside).catch(() => {});
  return alive;
}

async function holderOf(outside: Outside, session: string, port: number): Promise<StoredClaim | null> {
  const found = parse(await read(outside, fileOf(outside, port)));
  return found && found.session !== session && outside.processes.alive(found.engine) ? found : null;
}

const read = ({ files }: Outside, file: string): Promise<string | null> => files.read(file).catch(() => null);

/** null: nothing that devpm has written. */
function parse(text: string | null): StoredClaim | null {
  try {
    const value = JSON.parse(text ?? "") as StoredClaim;
    const whole =
      value.version === 1 &&
      Number.isInteger(value.port) &&
      typeof value.session === "string" &&
      typeof value.root === "string" &&
      typeof value.project === "string" &&
      Number.isInteger(value.engine?.pid);
    return whole ? value : null;
  } catch {
    return null;
  }
}
