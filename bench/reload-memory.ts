import { setTimeout as delay } from "node:timers/promises";
import { type Contender, compare } from "./harness.ts";
import { family, pssOf } from "./pss.ts";
import { type Backend, type Kind, makeBackend } from "./reload-apps.ts";
import { LOOK_MS, REST_MS, at } from "./reload-ways.ts";
import { run, untilAnswers } from "./stack.ts";

/** By then the old worker is gone and the next one is ready. */
const SETTLE_MS = 3_000;

/** What is kept in memory for the next save. Where there is no PSS, nothing is compared. */
export async function reloadMemory(kind: Kind, said: string, { quick }: { quick: boolean }): Promise<void> {
  if (process.platform !== "linux") return;
  await compare(
    {
      name: `reload-memory-${kind}`,
      measures: `PSS of all its processes, ${said}: the plain command after a request, the warm python after a save`,
      unit: "MB",
      better: "lower",
      rounds: 5,
      quickRounds: 2,
      warmups: 0,
      contenders: [
        resting("plain command", kind, ({ command }) => command, false),
        resting("warm python", kind, ({ warm }) => warm, true),
      ],
    },
    { quick },
  );
}

/** Begun anew for each sample: libraries that another one has open would count as a part only. */
function resting(
  name: string,
  kind: Kind,
  commandOf: (backend: Backend) => readonly string[],
  saves: boolean,
): Contender {
  return {
    name,
    open: () =>
      Promise.resolve({
        async sample() {
          const backend = await makeBackend(kind);
          const running = run(commandOf(backend), at(backend));
          try {
            await untilAnswers(backend.url, "first", LOOK_MS);
            if (saves) {
              await delay(REST_MS);
              backend.save("second");
              await untilAnswers(backend.url, "second", LOOK_MS);
            }
            await delay(SETTLE_MS);
            return pssOf(family(running.pid));
          } finally {
            await running.end("SIGTERM");
            backend.remove();
          }
        },
        close: () => Promise.resolve(),
      }),
  };
}
