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

/**
 * A database beside the one that it is made from, which is only read: as a template where no one is connected to it, else as a
 * copy by pg_dump; empty where there is nothing to copy. Two that make the same one at once both have it.
 */
export async function makeDatabase(container: PostgresContainer, from: string, to: string): Promise<MakeResult> {
  const there = await psql(container, `SELECT 1 FROM pg_database WHERE datname = ${literal(to)}`);
  if (!there.ok) return there;
  if (there.output === "1") return { ok: true, made: "there" };
  const owner = await psql(
    container,
    `SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = ${literal(from)}`,
  );
  if (!owner.ok) return owner;
  const owned = owner.output === "" ? "" : ` OWNER ${identifier(owner.output)}`;
  if (owner.output !== "") {
    const template = await psql(container, `CREATE DATABASE ${identifier(to)} TEMPLATE ${identifier(from)}${owned}`);
    if (template.ok) return { ok: true, made: "template" };
    if (/already exists/.test(template.reason)) return { ok: true, made: "there" };
  }
  const empty = await psql(container, `CREATE DATABASE ${identifier(to)}${owned}`);
  if (!empty.ok) return /already exists/.test(empty.reason) ? { ok: true, made: "there" } : empty;
  return owner.output === "" ? { ok: true, made: "empty" } : copied(container, from, to);
}

/** What was copied by half is emptied: migrations then begin at the beginning. */
async function copied(container: PostgresContainer, from: string, to: string): Promise<MakeResult> {
  const script = `pg_dump -Fc -f "$1" -- "$2" && pg_restore --exit-on-error -d "$3" "$1"; code=$?; rm -f "$1"; exit $code`;
  const copy = await run(container, ["sh", "-c", script, "sh", `/tmp/devpm-${to}.dump`, from, to]);
  if (copy.ok) return { ok: true, made: "copy" };
  await dropDatabase(container, to);
  const again = await psql(container, `CREATE DATABASE ${identifier(to)}`);
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

const psql = (container: PostgresContainer, statement: string): Promise<Ran> =>
  run(container, ["psql", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qtAX", "-c", statement]);

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
