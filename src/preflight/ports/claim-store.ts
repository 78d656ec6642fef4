import path from "node:path";
import { claimFile, type ClaimFile } from "../../checkout/claim-file.ts";
import { claimRegister, stateFolder } from "../../model/instance.ts";
import type { Identity } from "../../model/process.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { System } from "../../system/system.ts";
import { isObject } from "../../util/guard.ts";

type Deps = Pick<System, "files" | "processes" | "environment" | "ports">;

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
  /** The state folder of its devpm. */
  home: string;
}

/**
 * The claims of this user in this network. Another state folder has the same ports, so it is one for all of them. If another
 * user has taken its place, the state folder's own holds at least between the sessions that share that.
 */
async function folderOf({ files, environment, ports }: Deps): Promise<string> {
  const network = `network-${ports.network()}`;
  const register = claimRegister(environment);
  const own = path.join(register, network);
  const isPrivate =
    (await isOurs(files, register, (name) => /^network-\d+$/.test(name))) && (await isOurs(files, own, () => true));
  return isPrivate ? own : path.join(stateFolder(environment), "claims", network);
}

const isOurs = (files: Deps["files"], folder: string, isOwn: (name: string) => boolean): Promise<boolean> =>
  files.makePrivate(folder, { isOwn, deep: false }).then(
    ({ state }) => state === "private",
    () => false,
  );

/**
 * Takes these ports for a session, all or none, over every session of the user: a file a port is created exclusively, and
 * one that a dead session left is moved aside first. Returns who owns each port that was not free. Always in the same
 * order, so that of two sessions that want the same ports one gets all of them.
 */
export async function takeClaims(
  system: Deps,
  record: SessionRecord,
  ports: readonly number[],
): Promise<Map<number, StoredClaim>> {
  const lost = new Map<number, StoredClaim>();
  const wanted = [...new Set(ports)].toSorted((a, b) => a - b);
  if (wanted.length === 0) return lost;
  const folder = await folderOf(system);
  for (const port of wanted) {
    const holder = await (lost.size === 0
      ? take(system, folder, record, port)
      : holderOf(system, folder, record.id, port));
    if (holder) lost.set(port, holder);
  }
  if (lost.size > 0) await releaseClaims(system, record.id, wanted);
  return lost;
}

/** Which of these ports other live sessions have. Claims nothing. */
export async function otherClaims(
  system: Deps,
  session: string,
  ports: readonly number[],
): Promise<Map<number, StoredClaim>> {
  const folder = await folderOf(system);
  const found = await Promise.all(ports.map((port) => holderOf(system, folder, session, port)));
  return new Map(found.filter((claim) => claim !== null).map((claim) => [claim.port, claim]));
}

/** Every port that another live session has: no alternative for this one. */
export async function claimedElsewhere(system: Deps, session: string): Promise<number[]> {
  const names = await system.files.list(await folderOf(system)).catch(() => []);
  const ports = names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1])).filter((port) => port > 0);
  return [...(await otherClaims(system, session, ports)).keys()];
}

/** Gives back what the session has of these ports; without `ports`, everything. */
export async function releaseClaims(system: Deps, session: string, ports?: readonly number[]): Promise<void> {
  const { files } = system;
  const folder = await folderOf(system);
  const names = ports?.map((port) => `${port}.json`) ?? (await files.list(folder).catch(() => []));
  for (const name of names) {
    const file = path.join(folder, name);
    if ((await claimIn(system, file).owner())?.session === session) await files.remove(file).catch(() => {});
  }
}

const claimIn = ({ files, processes }: Deps, file: string): ClaimFile<StoredClaim> =>
  claimFile(files, file, {
    stored: (claim) => claim,
    parse,
    isSame: (one, other) => one.session === other.session,
    isGone: ({ engine }) => !processes.alive(engine),
  });

const claimOn = (system: Deps, folder: string, port: number): ClaimFile<StoredClaim> =>
  claimIn(system, path.join(folder, `${port}.json`));

/** null: it is ours now, or cannot be recorded (a full disk), where what the kernel shows must suffice. */
async function take(system: Deps, folder: string, record: SessionRecord, port: number): Promise<StoredClaim | null> {
  const { id, project, root, engine, startedAt } = record;
  const home = stateFolder(system.environment);
  const claim: StoredClaim = { version: 1, port, session: id, project, root, engine, startedAt, home };
  const taken = await claimOn(system, folder, port)
    .take(claim)
    .catch(() => null);
  return taken === null || taken.ok ? null : taken.owner;
}

async function holderOf(system: Deps, folder: string, session: string, port: number): Promise<StoredClaim | null> {
  const found = await claimOn(system, folder, port).owner();
  return found && found.session !== session && system.processes.alive(found.engine) ? found : null;
}

/** null: nothing that devpm has written. */
function parse(value: unknown): StoredClaim | null {
  if (!isObject(value)) return null;
  const { engine } = value;
  const whole =
    value.version === 1 &&
    Number.isInteger(value.port) &&
    ["session", "root", "project", "home"].every((key) => typeof value[key] === "string") &&
    isObject(engine) &&
    Number.isInteger(engine.pid);
  return whole ? (value as unknown as StoredClaim) : null;
}
