import type { ServerContainer } from "./server-container.ts";

/** A numbered database of Redis cannot be dropped, so it is emptied. null: it is empty; else why not. */
export async function emptyNumbered(container: ServerContainer, number: string): Promise<string | null> {
  const reply = await ask(container, number, "FLUSHDB");
  if (!reply.ok) return reply.fault.detail;
  return /^OK/m.test(reply.value.output) ? null : reply.value.output;
}

/** Whether it is known to hold nothing. */
export async function isEmptyNumbered(container: ServerContainer, number: string): Promise<boolean> {
  const reply = await ask(container, number, "DBSIZE");
  return reply.ok && reply.value.exitCode === 0 && /^(?:\(integer\) )?0$/m.test(reply.value.output.trim());
}

const ask = ({ engine, id, env }: ServerContainer, number: string, command: string) =>
  engine.exec(id, ["redis-cli", "-n", number, command], authOf(env));

const authOf = (env: ServerContainer["env"]): string[] =>
  env.REDIS_PASSWORD === undefined ? [] : [`REDISCLI_AUTH=${env.REDIS_PASSWORD}`];

/**
 * Claims are kept in the server's container, which every user and machine that shares it sees, and beside its data, so that a claim
 * lasts as long as the data, even if the container is made again. A key would last as long, but programs that empty a database or
 * list its keys would meet it. In /tmp where the server does not say where its data is.
 */
const FOLDER = `d=$(redis-cli CONFIG GET dir 2>/dev/null | tail -n 1); [ -d "$d" ] && [ -w "$d" ] || d=/tmp; f=$d/devpm-databases
`;
/** Linked from a complete file: if two want a number at the same moment, one gets it, and nobody reads half a file. */
const CLAIM = `${FOLDER}mkdir -p "$f" && cd "$f" || exit 1
printf %s "$2" > "$1.$$" && { ln "$1.$$" "$1" 2>/dev/null; rm -f "$1.$$"; cat "$1"; }`;
const RENAME = `${FOLDER}printf %s "$2" > "$f/$1"`;
const RELEASE = `${FOLDER}[ "$(cat "$f/$1")" = "$2" ] && rm -f "$f/$1"`;

/** Whose a numbered database is, to those who share its server. */
export interface NumberedClaim {
  number: number | string;
  owner: string;
  /** What that checkout was called before it was moved. */
  formerly?: readonly string[];
}

/**
 * Takes a numbered database at the server itself; false: another checkout has it. Where nothing can be written there (no shell, a
 * read-only file system), only the claims of this machine count.
 */
export async function claimAtServer(container: ServerContainer, claim: NumberedClaim): Promise<boolean> {
  const reply = await shell(container, CLAIM, claim);
  if (!reply.ok || reply.value.exitCode !== 0) return true;
  const has = reply.value.output;
  if (has === claim.owner) return true;
  if (!claim.formerly?.includes(has)) return false;
  await shell(container, RENAME, claim);
  return true;
}

export const releaseAtServer = (container: ServerContainer, claim: NumberedClaim) => shell(container, RELEASE, claim);

const shell = ({ engine, id, env }: ServerContainer, script: string, { number, owner }: NumberedClaim) =>
  engine.exec(id, ["sh", "-c", script, "sh", String(number), owner], authOf(env));
