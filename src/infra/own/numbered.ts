import type { PostgresContainer } from "./postgres.ts";

/** A numbered database of Redis cannot be dropped; empty it is as it was. null: it is empty. */
export async function emptyNumbered(container: PostgresContainer, number: string): Promise<string | null> {
  const reply = await ask(container, number, "FLUSHDB");
  if (!reply.ok) return reply.fault.detail;
  return /^OK/m.test(reply.value.output) ? null : reply.value.output;
}

/** Whether it is known to hold nothing. */
export async function isEmptyNumbered(container: PostgresContainer, number: string): Promise<boolean> {
  const reply = await ask(container, number, "DBSIZE");
  return reply.ok && reply.value.exitCode === 0 && /^(?:\(integer\) )?0$/m.test(reply.value.output.trim());
}

function ask({ engine, id, env }: PostgresContainer, number: string, command: string) {
  const auth = env.REDIS_PASSWORD === undefined ? [] : [`REDISCLI_AUTH=${env.REDIS_PASSWORD}`];
  return engine.exec(id, ["redis-cli", "-n", number, command], auth);
}

/** In the container of the server: it is the same for every user and every machine that shares it, and no data of an app. */
export const CLAIMS = "/tmp/devpm-databases";

/** Linked from a whole file: of two that want it at the same moment one gets it, and no half is ever read. */
const CLAIM = `mkdir -p "$1" && cd "$1" || exit 1
printf %s "$3" > "$2.$$" && { ln "$2.$$" "$2" 2>/dev/null; rm -f "$2.$$"; cat "$2"; }`;
const RENAME = 'printf %s "$3" > "$1/$2"';
const RELEASE = '[ "$(cat "$1/$2")" = "$3" ] && rm -f "$1/$2"';

/** Whose a numbered database is, to those who share its server. */
export interface NumberedClaim {
  number: number | string;
  owner: string;
  /** What that checkout was called before it was moved. */
  formerly?: readonly string[];
}

/** The server of a numbered database, and where claims stand in its container. */
export interface ClaimPlace extends Pick<PostgresContainer, "engine" | "id"> {
  folder: string;
}

/**
 * Takes a numbered database at the server itself; false: another checkout has it. Where nothing can be written there (no shell, a
 * file system that is only read) the claims of this machine are all there is.
 */
export async function claimAtServer(place: ClaimPlace, claim: NumberedClaim): Promise<boolean> {
  const reply = await shell(place, CLAIM, claim);
  if (!reply.ok || reply.value.exitCode !== 0) return true;
  const has = reply.value.output;
  if (has === claim.owner) return true;
  if (!claim.formerly?.includes(has)) return false;
  await shell(place, RENAME, claim);
  return true;
}

export const releaseAtServer = (place: ClaimPlace, claim: NumberedClaim) => shell(place, RELEASE, claim);

const shell = ({ engine, id, folder }: ClaimPlace, script: string, { number, owner }: NumberedClaim) =>
  engine.exec(id, ["sh", "-c", script, "sh", folder, String(number), owner], []);
