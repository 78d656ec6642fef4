import type { Reply } from "../../system/docker/types.ts";
import type { ServerContainer } from "./server-container.ts";

export interface Refused {
  ok: false;
  reason: string;
}

/** What was printed; else why it failed. */
export type Ran = { ok: true; output: string } | Refused;

/** Runs statements one by one: a database cannot be made in a transaction. */
export const psql = (container: ServerContainer, ...statements: string[]): Promise<Ran> =>
  runPostgres(container, [
    ...["psql", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qtAX"],
    ...statements.flatMap((statement) => ["-c", statement]),
  ]);

/** A program of Postgres, as the user that its container creates databases with. */
export async function runPostgres({ engine, id, env }: ServerContainer, argv: string[]): Promise<Ran> {
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

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
