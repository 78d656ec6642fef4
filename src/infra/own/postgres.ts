import type { DockerEngine, Reply } from "../../system/docker/types.ts";

/** How a database of a checkout's own came to be. */
export type Made = "there" | "template" | "copy" | "empty";

export interface PostgresContainer {
  engine: Pick<DockerEngine, "exec">;
  id: string;
  /** The container's own environment: who may create databases. */
  env: Readonly<Record<string, string>>;
}

export type MakeResult = { ok: true; made: Made } | { ok: false; reason: string };

export interface DatabaseWish {
  /** The configuration's, which is only read. */
  from: string;
  to: string;
  /** The checkout that it is for: its comment names it, so that no other database is taken for it. */
  root: string;
  /** Where that checkout was before it was moved. */
  formerly?: readonly string[];
}

const doneMark = (root: string): string => `made by devpm for ${root} alone`;
const halfMark = (root: string): string => `being copied by devpm for ${root} alone`;

/**
 * A database beside the one that it is made from, which is only read: as a template where no one is connected to it, else as a
 * copy by pg_dump; empty where there is nothing to copy. One of that name that was not made for this checkout is refused:
 * `shop_test` may be the main checkout's own. Two that make the same one at once both have it.
 */
export async function makeDatabase(container: PostgresContainer, wish: DatabaseWish): Promise<MakeResult> {
  const { from, to, root, formerly = [] } = wish;
  const there = await psql(
    container,
    `SELECT coalesce(shobj_description(oid, 'pg_database'), '-') FROM pg_database WHERE datname = ${literal(to)}`,
  );
  if (!there.ok) return there;
  if (there.output === doneMark(root)) return { ok: true, made: "there" };
  const former = formerly.find((one) => [doneMark(one), halfMark(one)].includes(there.output));
  if (former !== undefined && there.output === doneMark(former)) {
    const renamed = await psql(container, comment(to, doneMark(root)));
    return renamed.ok ? { ok: true, made: "there" } : renamed;
  }
  if (there.output !== "" && there.output !== halfMark(former ?? root))
    return { ok: false, reason: takenWords(there.output) };
  // a copy that was interrupted
  if (there.output !== "") await dropDatabase(container, to);
  const owner = await psql(
    container,
    `SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = ${literal(from)}`,
  );
  if (!owner.ok) return owner;
  const owned = owner.output === "" ? "" : ` OWNER ${identifier(owner.output)}`;
  if (owner.output !== "") {
    const by = `${identifier(to)} TEMPLATE ${identifier(from)}${owned}`;
    const template = await create(container, by, comment(to, doneMark(root)));
    if (template.ok) return { ok: true, made: "template" };
    if (/already exists/.test(template.reason)) return { ok: true, made: "there" };
  }
  const mark = owner.output === "" ? doneMark(root) : halfMark(root);
  const empty = await create(container, `${identifier(to)}${owned}`, comment(to, mark));
  if (!empty.ok) return /already exists/.test(empty.reason) ? { ok: true, made: "there" } : empty;
  return owner.output === "" ? { ok: true, made: "empty" } : copied(container, wish);
}

/**
 * By copies of files: through its buffers, as Postgres 15 and later do it otherwise, each database takes 8 MB of its memory for good. An
 * older one copies files and does not know the word.
 */
async function create(container: PostgresContainer, what: string, mark: string): Promise<Ran> {
  const made = await psql(container, `CREATE DATABASE ${what} STRATEGY file_copy`, mark);
  if (made.ok || !/strategy/i.test(made.reason)) return made;
  return psql(container, `CREATE DATABASE ${what}`, mark);
}

const comment = (name: string, text: string): string => `COMMENT ON DATABASE ${identifier(name)} IS ${literal(text)}`;

function takenWords(found: string): string {
  const [, root] = /^(?:made|being copied) by devpm for (.+) alone$/s.exec(found) ?? [];
  if (root !== undefined)
    return `it was made for ${root}; \`devpm down --forget\` drops it there, or anywhere if that folder is gone`;
  return "one of that name is there already, and devpm did not make it; use a worktree of another name";
}

/** What was copied by half is emptied: migrations then begin at the beginning. */
async function copied(container: PostgresContainer, { from, to, root }: DatabaseWish): Promise<MakeResult> {
  const script = `pg_dump -Fc -f "$1" -- "$2" && pg_restore --exit-on-error -d "$3" "$1"; code=$?; rm -f "$1"; exit $code`;
  const copy = await run(container, ["sh", "-c", script, "sh", `/tmp/devpm-${to}.dump`, from, to]);
  const done = comment(to, doneMark(root));
  if (copy.ok) {
    const marked = await psql(container, done);
    return marked.ok ? { ok: true, made: "copy" } : marked;
  }
  await dropDatabase(container, to);
  const again = await create(container, identifier(to), done);
  return again.ok ? { ok: true, made: "empty" } : again;
}

/** null: it is gone. */
export async function dropDatabase(container: PostgresContainer, name: string): Promise<string | null> {
  const ended = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = ${literal(name)}`;
  await psql(container, ended);
  const dropped = await psql(container, `DROP DATABASE IF EXISTS ${identifier(name)}`);
  return dropped.ok ? null : dropped.reason;
}

type Ran = { ok: true; output: string } | { ok: false; reason: string };

/** Statements one by one: a database is made in no transaction. */
const psql = (container: PostgresContainer, ...statements: string[]): Promise<Ran> =>
  run(container, [
    ...["psql", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qtAX"],
    ...statements.flatMap((statement) => ["-c", statement]),
  ]);

async function run({ engine, id, env }: PostgresContainer, argv: string[]): Promise<Ran> {
  const user = env.POSTGRES_USER ?? "postgres";
  const password = env.POSTGRES_PASSWORD === undefined ? [] : [`PGPASSWORD=${env.POSTGRES_PASSWORD}`];
  const reply: Reply<{ exitCode: number; output: string }> = await engine.exec(id, argv, [
    `PGUSER=${user}`,
    ...password,
  ]);
  if (!reply.ok) return { ok: false, reason: reply.fault.detail };
  const output = reply.value.output.trim();
  return reply.value.exitCode === 0 ? { ok: true, output } : { ok: false, reason: output || "psql failed" };
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
