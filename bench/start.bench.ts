import { setTimeout as delay } from "node:timers/promises";
import { cpuOf } from "./cpu.ts";
import { type Contender, compare } from "./harness.ts";
import { peer } from "./peers.ts";
import { family } from "./pss.ts";
import { type Running, type Stack, devpm, done, makeStack, plainPm2, run, untilAnswers, untilFree } from "./stack.ts";

/** Brings the stack up and takes it down again. */
interface Way {
  up(stack: Stack): Promise<Running | null>;
  down(stack: Stack, running: Running | null): Promise<void>;
  /** Of a first start, in ms: by then it has kept what the next ones need. Each that is measured ends as soon as both answer. */
  keepsFor?: number;
}

function contender(name: string, { up, down, keepsFor }: Way, reload?: "restart"): Contender {
  return {
    name,
    async open() {
      const stack = await makeStack(reload === undefined ? {} : { reload });
      const { backend, frontend } = stack;
      async function once(afterwardsMs: number) {
        const began = performance.now();
        const running = await up(stack);
        try {
          await Promise.all([untilAnswers(backend.url, "word"), untilAnswers(frontend.url, "root")]);
          const value = performance.now() - began;
          const beside = running ? { beside: { "start-cpu": cpuOf(family(running.pid)) } } : {};
          await delay(afterwardsMs);
          return { value, ...beside, also: {} };
        } finally {
          await down(stack, running);
          await untilFree(backend.url, frontend.url);
        }
      }
      if (keepsFor !== undefined) await once(keepsFor);
      return {
        sample: () => once(0),
        close() {
          stack.remove();
          return Promise.resolve();
        },
      };
    },
  };
}

// no word of them needs quotes, and concurrently would take off those at both ends
const line = (command: readonly string[]): string => command.join(" ");
const inFolder = ({ frontend }: Stack): string => `cd ${frontend.folder} && exec ${line(frontend.command)}`;
const at = ({ folder, env }: Stack): { cwd: string; env: Record<string, string> } => ({ cwd: folder, env });

const raw: Way = {
  up: async (stack) =>
    run(["/bin/sh", "-c", `${line(stack.backend.command)} & (${inFolder(stack)}) & wait`], at(stack)),
  down: async (_, running) => running?.end("SIGTERM", { group: true }),
};

const concurrently: Way = {
  up: async (stack) => run([...peer("concurrently"), line(stack.backend.command), inFolder(stack)], at(stack)),
  down: async (_, running) => running?.end("SIGINT"),
};

const pm2: Way = {
  async up(stack) {
    await done([...peer("pm2"), "start", plainPm2(stack)], at(stack));
    return null;
  },
  down: (stack) => done([...peer("pm2"), "kill"], at(stack)),
};

const underDevpm: Way = {
  up: async (stack) => run(devpm("dev"), at(stack)),
  down: async (_, running) => running?.end("SIGINT"),
  keepsFor: 6_000,
};

export default async function start({ quick }: { quick: boolean }): Promise<void> {
  /** They say nothing about a change of devpm's, and take most of the time. */
  const slower = [contender('devpm dev (reload: "restart")', underDevpm, "restart"), contender("pm2 start, cold", pm2)];
  const what = "Second start of Flask + Vite, without infra";
  const against = "raw shell (a & b & wait)";
  await compare(
    {
      name: "start",
      measures: `${what}: from the command to both answering`,
      unit: "ms",
      better: "lower",
      against,
      beside: [
        {
          name: "start-cpu",
          measures: `${what}: CPU of all its processes, the apps' too, until both answer`,
          unit: "ms",
          better: "lower",
          against,
        },
      ],
      rounds: 15,
      quickRounds: 2,
      contenders: [
        contender(against, raw),
        contender("devpm dev", underDevpm),
        contender("concurrently", concurrently),
        ...(quick ? [] : slower),
      ],
    },
    { quick },
  );
}
