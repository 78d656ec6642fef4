import type { Identity } from "../../model/process.ts";
import type { Compose } from "../../system/docker/compose.ts";
import type { System } from "../../system/system.ts";
import type { SessionLock } from "./lock.ts";

/**
 * Compose, with each command that runs in the session's record: it is no descendant of the guardian and carries no mark, so
 * that a pull would go on after the engine was killed.
 */
export function recordedCompose({ compose, processes }: System, lock: Pick<SessionLock, "update">): Compose {
  const running = new Set<Identity>();
  const record = (): void => void lock.update({ commands: [...running] });
  return {
    ...compose,
    async run(args, options) {
      const mine: Identity[] = [];
      try {
        return await compose.run(args, {
          ...options,
          onStart(pid) {
            const started = processes.identify(pid);
            if (started === null) return;
            mine.push(started);
            running.add(started);
            record();
          },
        });
      } finally {
        for (const ended of mine) running.delete(ended);
        if (mine.length > 0) record();
      }
    },
  };
}
