import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cleanEnvironment } from "../test/rigs/environment.ts";
import { pythonWith } from "../test/rigs/python.ts";
import { until } from "../test/rigs/wait.ts";
import { type Contender, compare } from "./harness.ts";
import { devpm, run } from "./stack.ts";

/** A Celery worker in a folder of its own; its broker is a folder, so that none is measured. */
interface Worker {
  folder: string;
  env: Record<string, string>;
  save(word: string): void;
  /** The code that takes jobs now. */
  word(): string;
  remove(): void;
}

/** From one worker that is ready to the next save: longer than any of them takes to come to rest. */
const REST_MS = 1_500;
const COMMAND = "celery -A jobs worker --pool solo --loglevel info";

const JOBS = `from pathlib import Path

from celery import Celery
from celery.signals import worker_ready
from words import WORD

app = Celery("jobs", broker="filesystem://")
app.conf.broker_transport_options = {"data_folder_in": "/BASE/queue", "data_folder_out": "/BASE/queue"}


@worker_ready.connect
def ready(**_):
    Path("/BASE/ready").write_text(WORD)
`;

const CONFIG = `import { defineConfig } from "devpm";
export default defineConfig({ apps: { worker: { command: "${COMMAND}", ready: { log: /ready\\./ } } } });
`;

async function makeWorker(): Promise<Worker> {
  const venv = await pythonWith(["celery", "watchfiles", "watchdog[watchmedo]"]);
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-bench-")));
  const folder = path.join(base, "project");
  for (const name of [folder, path.join(base, "home"), path.join(base, "queue")]) mkdirSync(name);
  symlinkSync(venv, path.join(folder, ".venv"));
  const save = (word: string): void => writeFileSync(path.join(folder, "words.py"), `WORD = "${word}"\n`);
  save("first");
  writeFileSync(path.join(base, "ready"), "");
  writeFileSync(path.join(folder, "jobs.py"), JOBS.replaceAll("/BASE", base));
  writeFileSync(path.join(folder, "ecosystem.config.ts"), CONFIG);
  const env = cleanEnvironment(path.join(base, "home"));
  return {
    folder,
    env: { ...env, DEVPM_HOME: path.join(base, "d"), PATH: `${path.join(venv, "bin")}:${env.PATH}` },
    save,
    word: () => readFileSync(path.join(base, "ready"), "utf8"),
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Each runs in a group of its own, and is ended as from a terminal. */
function contender(name: string, command: readonly string[]): Contender {
  return {
    name,
    async open() {
      const worker = await makeWorker();
      const running = run(command, { cwd: worker.folder, env: worker.env });
      const takesJobs = (word: string): Promise<unknown> =>
        until(`a worker with ${word}`, () => worker.word() === word, { everyMs: 2 });
      const close = async (): Promise<void> => {
        await running.end("SIGINT", { group: true });
        worker.remove();
      };
      await takesJobs("first").catch(async (error: unknown) => {
        await close();
        throw error;
      });
      return {
        async sample(round) {
          await delay(REST_MS);
          const word = `word${round + 100}`;
          const began = performance.now();
          worker.save(word);
          await takesJobs(word);
          return performance.now() - began;
        },
        close,
      };
    },
  };
}

export default async function queue({ quick }: { quick: boolean }): Promise<void> {
  await compare(
    {
      name: "queue",
      measures: "Save to a Celery worker with the new code that takes jobs",
      unit: "ms",
      better: "lower",
      against: "watchfiles",
      rounds: 15,
      quickRounds: 3,
      contenders: [
        contender("devpm", devpm("dev")),
        contender("watchfiles", ["watchfiles", "--filter", "python", COMMAND, "."]),
        contender("watchmedo auto-restart", [
          ...["watchmedo", "auto-restart", "--directory", ".", "--pattern", "*.py", "--recursive", "--"],
          ...COMMAND.split(" "),
        ]),
      ],
    },
    { quick },
  );
}
