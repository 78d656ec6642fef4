import { createHash, randomBytes } from "node:crypto";
import { quotedName, quotedText, psql, runPostgres, type Ran, type Refused } from "./psql.ts";
import type { ServerContainer } from "./server-container.ts";

/** How a database of a checkout's own came to be. */
export type Made = "there" | "template" | "copy" | "empty";

/** `server`: which one it is in, by the number that Postgres gives each when its files are made; null: it has none (before 9.6). */
export type MakeResult = { ok: true; made: Made; server: string | null } | Refused;

export interface DatabaseRequest {
  /** The configuration's, which is only read. */
  from: string;
  to: string;
  /** The checkout that it is for: its comment names it, so that no other database is taken for it. */
  root: string;
  /** Where that checkout was before it was moved. */
  formerly?: readonly string[];
  /**
   * The server that this checkout had it in. There, a database without a comment was dropped and made again by the checkout's own
   * tools; in another server, whose volume was made since, it may be anyone's.
   */
  hadIn?: string | null;
}

const markOf = (root: string): string => `made by devpm for ${root} alone`;

/**
 * Makes a database beside the one that it is copied from, which is only read: from it as a template if no one is connected to it,
 * else by pg_dump; empty where there is nothing to copy. It is made under another name, and renamed once it is complete and its
 * comment names its owner, because the maker may be killed at any moment. One of that name that was not made for this checkout is
 * refused: `shop_test` may be the main checkout's own. If two make the same one at once, both have it.
 */
export async function makeDatabase(container: ServerContainer, request: DatabaseRequest): Promise<MakeResult> {
  const found = await find(container, request.to);
  if (!found.ok) return found;
  const there = await isThere(container, request, found);
  if (there !== null) return there;
  const unfinished = unfinishedOf(request) + randomBytes(4).toString("hex");
  const made = await filled(container, request, unfinished);
  const rename = `ALTER DATABASE ${quotedName(unfinished)} RENAME TO ${quotedName(request.to)}`;
  const ran = made.ok ? await psql(container, rename) : made;
  const named = ran.ok ? made : ran;
  if (named.ok) {
    await dropUnfinished(container, request);
    return { ...named, server: found.server };
  }
  await dropDatabase(container, unfinished);
  // another maker of the same checkout may have been faster
  const now = await find(container, request.to);
  return (now.ok ? await isThere(container, request, now) : null) ?? named;
}

/** null: there is none of that name. */
async function isThere(container: ServerContainer, request: DatabaseRequest, found: Found): Promise<MakeResult | null> {
  const { to, root } = request;
  const { mark, server } = found;
  if (mark === "") return null;
  const there = { ok: true, made: "there", server } as const;
  if (mark === markOf(root)) return there;
  if (!isOurs(request, found)) return { ok: false, reason: whyTaken(mark) };
  const marked = await psql(container, comment(to, markOf(root)));
  return marked.ok ? there : marked;
}

const UNMARKED = "-";

/** A name as it is in the server. */
interface Found {
  /** The comment of the database; empty: there is none of that name. */
  mark: string;
  server: string | null;
}

/** It was made for this checkout, wherever the checkout was then, or by it. */
const isOurs = ({ root, formerly = [], hadIn = null }: Owned, { mark, server }: Found): boolean =>
  [root, ...formerly].some((one) => mark === markOf(one)) || (mark === UNMARKED && hadIn !== null && hadIn === server);

async function find(container: ServerContainer, name: string): Promise<({ ok: true } & Found) | Refused> {
  const mark = `SELECT coalesce(shobj_description(oid, 'pg_database'), '${UNMARKED}') FROM pg_database WHERE datname = ${quotedText(name)}`;
  const both = await psql(container, `SELECT system_identifier, (${mark}) FROM pg_control_system()`);
  if (!both.ok && both.reason.includes("pg_control_system")) {
    const old = await psql(container, mark);
    return old.ok ? { ok: true, mark: old.output, server: null } : old;
  }
  if (!both.ok) return both;
  const [server = "", ...rest] = both.output.split("|");
  return { ok: true, mark: rest.join("|"), server };
}

/** A database with what the configuration's holds, and with the comment of its owner. */
async function filled(
  container: ServerContainer,
  { from, root }: DatabaseRequest,
  name: string,
): Promise<{ ok: true; made: Made } | Refused> {
  const owner = await psql(
    container,
    `SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = ${quotedText(from)}`,
  );
  if (!owner.ok) return owner;
  const isCopied = owner.output !== "";
  const owned = isCopied ? ` OWNER ${quotedName(owner.output)}` : "";
  const mark = comment(name, markOf(root));
  if (isCopied) {
    const template = await create(container, `${quotedName(name)} TEMPLATE ${quotedName(from)}${owned}`, mark);
    if (template.ok) return { ok: true, made: "template" };
  }
  const empty = await create(container, `${quotedName(name)}${owned}`, mark);
  if (!empty.ok) return empty;
  if (!isCopied) return { ok: true, made: "empty" };
  if (await copied(container, from, name)) return { ok: true, made: "copy" };
  // half a copy is emptied, so that migrations start from the beginning
  await dropDatabase(container, name);
  const again = await create(container, `${quotedName(name)}${owned}`, mark);
  return again.ok ? { ok: true, made: "empty" } : again;
}

async function copied(container: ServerContainer, from: string, to: string): Promise<boolean> {
  const script = `pg_dump -Fc -f "$1" -- "$2" && pg_restore --exit-on-error -d "$3" "$1"; code=$?; rm -f "$1"; exit $code`;
  return (await runPostgres(container, ["sh", "-c", script, "sh", `/tmp/${to}.dump`, from, to])).ok;
}

/** The name of a checkout's databases until they are complete, without the part that differs for each maker. */
const unfinishedOf = ({ root, to }: Pick<DatabaseRequest, "root" | "to">): string =>
  `devpm_${createHash("sha256").update(`${root}\0${to}`).digest("hex").slice(0, 16)}_`;

/** What killed makers left. */
async function dropUnfinished(container: ServerContainer, { root, formerly = [], to }: Owned): Promise<void> {
  for (const one of [root, ...formerly]) {
    const start = quotedText(unfinishedOf({ root: one, to }));
    const found = await psql(
      container,
      `SELECT datname FROM pg_database WHERE left(datname, ${start.length - 2}) = ${start}`,
    );
    const names = found.ok ? found.output.split("\n").filter((name) => name !== "") : [];
    for (const name of names) await dropDatabase(container, name);
  }
}

/** Whose a database is. */
type Owned = Pick<DatabaseRequest, "to" | "root" | "formerly" | "hadIn">;

/** Drops what was made for a checkout. `reason` null: it is gone; `isOther`: it is not that checkout's, and is left. */
export async function dropOwn(
  container: ServerContainer,
  owned: Owned,
): Promise<{ reason: string | null; isOther: boolean }> {
  await dropUnfinished(container, owned);
  const found = await find(container, owned.to);
  if (!found.ok) return { reason: found.reason, isOther: false };
  if (found.mark !== "" && !isOurs(owned, found)) return { reason: null, isOther: true };
  return { reason: await dropDatabase(container, owned.to), isOther: false };
}

/**
 * By copying files. Postgres 15 and later copy through their buffers otherwise, and each database then takes 8 MB of the server's
 * memory for good. Older versions always copy files, and do not know the option.
 */
async function create(container: ServerContainer, what: string, mark: string): Promise<Ran> {
  const made = await psql(container, `CREATE DATABASE ${what} STRATEGY file_copy`, mark);
  if (made.ok || !/strategy/i.test(made.reason)) return made;
  return psql(container, `CREATE DATABASE ${what}`, mark);
}

const comment = (name: string, text: string): string =>
  `COMMENT ON DATABASE ${quotedName(name)} IS ${quotedText(text)}`;

function whyTaken(found: string): string {
  const [, root] = /^made by devpm for (.+) alone$/s.exec(found) ?? [];
  if (root !== undefined)
    return `it was made for ${root}; \`devpm down --forget\` drops it there, or anywhere if that folder is gone`;
  return "one of that name is there already, and devpm did not make it; use a worktree of another name";
}

/** null: it is gone. */
async function dropDatabase(container: ServerContainer, name: string): Promise<string | null> {
  const ended = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = ${quotedText(name)}`;
  await psql(container, ended);
  const dropped = await psql(container, `DROP DATABASE IF EXISTS ${quotedName(name)}`);
  return dropped.ok ? null : dropped.reason;
}
