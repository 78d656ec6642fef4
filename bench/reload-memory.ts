import { setTimeout as delay } from "node:timers/promises";
import { type Contender, compare } from "./harness.ts";
import { family, pssOf, pssWithout } from "./pss.ts";
import { type Backend, type Kind, makeBackend } from "./reload-apps.ts";
import { LOOK_MS, OWN_RELOADERS, REST_MS, at } from "./reload-ways.ts";
import { run, untilAnswers } from "./stack.ts";

/** By then the old worker is gone and the next one is ready. */
const SETTLE_MS = 3_000;

/**
 * What the warm python is: the process that PM2 runs, and the one with the libraries from which the workers are forked.
 * A worker runs the user's program, now or after the next save. Who wants reloads without devpm has the framework's own
 * reloader instead of the plain command: two processes, too. Where there is no PSS, nothing is compared.
 */
export async function reloadMemory(kind: Kind, said: string, { quick }: { quick: boolean }): Promise<void> {
  if (process.platform !== "linux") return;
  await compare(
    {
      name: `reload-memory-${kind}`,
      measures: `PSS, ${said}: the plain command after a request, what reloads after a save`,
      unit: "MB",
      better: "lower",
      rounds: 5,
      quickRounds: 2,
      warmups: 0,
      contenders: [
        resting(
          "plain command",
          kind,
          ({ command }) => command,
          false,
          (pid) => pssOf(family(pid)),
        ),
        resting(
          `own reloader: ${OWN_RELOADERS[kind]}`,
          kind,
          ({ selfReloading }) => selfReloading,
          true,
          (pid) => pssOf(family(pid)),
        ),
        resting("warm python, shared pages counted once", kind, ({ warm }) => warm, true, warmOf),
        resting(
          "with the workers: the one that answers, the next",
          kind,
          ({ warm }) => warm,
          true,
          (pid) => pssOf(family(pid)),
        ),
      ],
    },
    { quick },
  );
}

function warmOf(pid: number): number {
  const own = family(pid);
  const template = own.find(({ parent }) => parent === pid);
  return pssWithout(
    own,
    own.filter(({ pid: other }) => other !== pid && other !== template?.pid),
  );
}

/** Begun anew for each sample: libraries that another one has open would count as a part only. */
function resting(
  name: string,
  kind: Kind,
  commandOf: (backend: Backend) => readonly string[],
  saves: boolean,
  measure: (pid: number) => number,
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
            return measure(running.pid);
          } finally {
            await running.end("SIGTERM", { group: true });
            backend.remove();
          }
        },
        close: () => Promise.resolve(),
      }),
  };
}
