import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type FSWatcher, watch as watchFiles } from "chokidar";
import { type Contender, compare } from "./harness.ts";
import { peer } from "./peers.ts";
import { type Stack, backendCode, devpm, done, makeStack, plainPm2, run, untilAnswers } from "./stack.ts";

/** Keeps the backend running and restarts it at each save. */
interface Watcher {
  stop(): Promise<unknown>;
}

/** From one answer to the next save: longer than any of them takes to come to rest. */
const REST_MS = 1_500;

function contender(name: string, begin: (stack: Stack) => Promise<Watcher>): Contender {
  return {
    name,
    async open() {
      const stack = await makeStack({ reload: "restart" });
      const { url, file } = stack.backend;
      const watcher = await begin(stack);
      const close = async (): Promise<void> => {
        await watcher.stop();
        stack.remove();
      };
      await untilAnswers(url, "first").catch(async (error: unknown) => {
        await close();
        throw error;
      });
      return {
        async sample(round) {
          await delay(REST_MS);
          const word = `word${round + 100}`;
          const began = performance.now();
          writeFileSync(file, backendCode(word));
          const also = await untilAnswers(url, word);
          return { value: performance.now() - began, also };
        },
        close,
      };
    },
  };
}

const at = ({ folder, env }: Stack): { cwd: string; env: Record<string, string> } => ({ cwd: folder, env });

const underDevpm = (stack: Stack): Promise<Watcher> => {
  const running = run(devpm("dev", "--only", "backend"), at(stack));
  return Promise.resolve({ stop: () => running.end("SIGINT") });
};

/** What is left when everything but the restart is taken away: the same signal, the same command, the next process at once. */
async function bare(stack: Stack): Promise<Watcher> {
  const [file = "", ...args] = stack.backend.command;
  const start = (): ChildProcess => spawn(file, args, { ...at(stack), stdio: "ignore" });
  let child = start();
  let restarting = Promise.resolve();
  const watcher: FSWatcher = watchFiles(path.join(stack.folder, "web"), { ignoreInitial: true });
  watcher.on("change", () => {
    restarting = restarting.then(async () => {
      await ended(child);
      child = start();
    });
  });
  await once(watcher, "ready");
  return {
    async stop() {
      await watcher.close();
      await restarting;
      await ended(child);
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  if (child.exitCode === null && child.kill("SIGTERM")) await exit;
}

/** PM2's own defaults, but that it sees the project's code alone. */
async function pm2(stack: Stack): Promise<Watcher> {
  const more = { watch: ["web"], ignore_watch: ["__pycache__"] };
  await done([...peer("pm2"), "start", plainPm2(stack, more), "--only", "backend"], at(stack));
  return { stop: () => done([...peer("pm2"), "kill"], at(stack)) };
}

function nodemon(stack: Stack): Promise<Watcher> {
  const options = ["--watch", "web", "--ext", "py", "--signal", "SIGTERM", "--exec", stack.backend.command.join(" ")];
  const running = run([...peer("nodemon"), ...options], at(stack));
  return Promise.resolve({ stop: () => running.end("SIGINT", { group: true }) });
}

export default async function watch({ quick }: { quick: boolean }): Promise<void> {
  await compare(
    {
      name: "watch",
      measures: "Save of the Flask backend to the first answer of the new code, where a save restarts the process",
      unit: "ms",
      better: "lower",
      rounds: 20,
      quickRounds: 4,
      contenders: [
        contender("chokidar + spawn, SIGTERM", bare),
        contender('devpm (reload: "restart")', underDevpm),
        contender("pm2 --watch", pm2),
        contender("nodemon", nodemon),
      ],
    },
    { quick },
  );
}
