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
