import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";

/** How long a wait may take at most. Generous: it ends what hangs, it measures nothing. */
export const DEADLINE_MS = 120_000;

/** How long what has been ended may take to be gone. Shorter: what is left for a minute and then ends was left. */
export const GONE_MS = 30_000;

/**
 * After a blocked event loop node runs timers before it reads: what was waited for may be there, unread. Two turns, since
 * the rigs tell an exit one turn after they hear of it.
 */
export async function caughtUp(): Promise<void> {
  await turn();
  await turn();
}

/**
 * Asks `probe` again until it answers something truthy, and returns that. Fails at the deadline, naming `what` and
 * what `describe` says of the last state. A probe that throws has not answered yet.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { deadlineMs = DEADLINE_MS, everyMs = 20, describe = (): string => "" } = {},
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  let last: unknown;
  for (let over = false; ;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (over) throw new Error(`${what}: not within ${deadlineMs} ms; last: ${String(last)}\n${describe()}`);
    over = performance.now() > end;
    await (over ? caughtUp() : delay(everyMs));
  }
}

/** The promise's value, or a failure that names what was waited for. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  { deadlineMs = DEADLINE_MS, describe = (): string => "" } = {},
): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(deadlineMs, undefined, { signal: over.signal }).then(async () => {
        await caughtUp();
        throw new Error(`${what}: not within ${deadlineMs} ms\n${describe()}`);
      }),
    ]);
  } finally {
    over.abort();
  }
}
