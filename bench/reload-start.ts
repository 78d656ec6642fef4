import { type Contender, compare } from "./harness.ts";
import { type Backend, type Kind, makeBackend } from "./reload-apps.ts";
import { at } from "./reload-ways.ts";
import { run, untilAnswers, untilFree } from "./stack.ts";

/** What the warm python adds to a start: the plain command, and the command that devpm makes of it. */
export async function reloadStart(kind: Kind, said: string, { quick }: { quick: boolean }): Promise<void> {
  await compare(
    {
      name: `reload-start-${kind}`,
      measures: `A first start, from the command to the first answer, ${said}`,
      unit: "ms",
      better: "lower",
      rounds: 15,
      quickRounds: 3,
      contenders: [
        starting("plain command", kind, ({ command }) => command),
        starting("warm python", kind, ({ warm }) => warm),
      ],
    },
    { quick },
  );
}

function starting(name: string, kind: Kind, commandOf: (backend: Backend) => readonly string[]): Contender {
  return {
    name,
    async open() {
      const backend = await makeBackend(kind);
      return {
        async sample() {
          const began = performance.now();
          const running = run(commandOf(backend), at(backend));
          let ms: number;
          try {
            // seldom: each look takes from the processor what is measured, and the more of two processes than of one
            await untilAnswers(backend.url, "first");
            ms = performance.now() - began;
          } finally {
            await running.end("SIGTERM");
          }
          await untilFree(backend.url);
          return ms;
        },
        close() {
          backend.remove();
          return Promise.resolve();
        },
      };
    },
  };
}
