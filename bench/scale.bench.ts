import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../test/rigs/ports.ts";
import { type Contender, compare } from "./harness.ts";
import { family } from "./pss.ts";
import type { Backend } from "./reload-apps.ts";
import { LOOK_MS, type Watcher, at, contender } from "./reload-ways.ts";
import { devpm, run, untilAnswers } from "./stack.ts";

const APPS = 20;
const FOLDERS = 1_000;
const FILES_PER_FOLDER = 100;
/** With both contenders in turn, 500 rounds are ten minutes. */
const REST_MS = 550;

/** Ten services that are kept warm and nine workers that print, beside the backend itself. */
function neighbours(backend: Backend, ports: readonly number[]): Record<string, unknown> {
  const service = `import os\nfrom http.server import BaseHTTPRequestHandler, HTTPServer\n\nHTTPServer(("127.0.0.1", int(os.environ["PORT"])), BaseHTTPRequestHandler).serve_forever()\n`;
  const worker = `setInterval(() => console.log("a line of a worker"), 1_000);\n`;
  const apps = Array.from({ length: APPS - 1 }, (_, n) => {
    const cwd = `other${n}`;
    const port = ports[n];
    mkdirSync(path.join(backend.folder, cwd));
    writeFileSync(path.join(backend.folder, cwd, port ? "serve.py" : "work.js"), port ? service : worker);
    return [cwd, port ? { cwd, command: "python3 serve.py", port, reload: "warm" } : { cwd, command: "node work.js" }];
  });
  return Object.fromEntries(apps);
}

/** What a project of years holds below its backend's own folder: data, pictures, generated texts. */
function grown(folder: string): void {
  for (let n = 0; n < FOLDERS; n++) {
    const within = path.join(folder, "data", `part${n % 10}`, `folder${n}`);
    mkdirSync(within, { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file++) writeFileSync(path.join(within, `file${file}.txt`), "text\n");
  }
}

/** What the engine, the processes that guard it and PM2's daemon hold. */
function held(pid: number): { MB: number; descriptors: number } {
  const own = family(pid).filter(
    (seen) => environmentOf(seen.pid) && !environmentOf(seen.pid).includes("\0DEVPM_APP="),
  );
  const kilobytes = own.map((seen) => Number(/^VmRSS:\s+(\d+)/m.exec(read(seen.pid, "status"))?.[1] ?? 0));
  return {
    MB: Math.round(kilobytes.reduce((sum, one) => sum + one, 0) / 1_024),
    descriptors: own.reduce((sum, seen) => sum + readdirSync(`/proc/${seen.pid}/fd`).length, 0),
  };
}

const read = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, "latin1");

/** Empty where it is gone: workers come and go. */
function environmentOf(pid: number): string {
  try {
    return `\0${read(pid, "environ")}`;
  } catch {
    return "";
  }
}

/** From here on nothing may grow: what a session loads at its first saves is loaded. */
const SETTLED = 50;

function saved(name: string, rounds: number, prepare: (backend: Backend) => Promise<void>): Contender {
  let pid = 0;
  const begin = async (backend: Backend): Promise<Watcher> => {
    backend.configure("warm");
    await prepare(backend);
    const running = run(devpm("dev"), at(backend));
    pid = running.pid;
    return { stop: () => running.end("SIGINT") };
  };
  return contender(name, "flask", begin, (backend) => {
    let before = { MB: 0, descriptors: 0 };
    return Promise.resolve(async (round: number) => {
      await delay(REST_MS);
      const word = `word${round + 100}`;
      const began = performance.now();
      backend.save(word);
      await untilAnswers(backend.url, word, LOOK_MS);
      const value = performance.now() - began;
      if (round === Math.min(SETTLED, rounds - 2)) before = held(pid);
      if (round !== rounds - 1) return value;
      const { MB, descriptors } = held(pid);
      const also = {
        MB,
        "MB more than at first": MB - before.MB,
        "descriptors more": descriptors - before.descriptors,
      };
      return { value, also };
    });
  });
}

async function large(backend: Backend): Promise<void> {
  grown(backend.folder);
  backend.configure("warm", neighbours(backend, await freePorts(10)));
}

export default async function scale({ quick }: { quick: boolean }): Promise<void> {
  const amounts = { rounds: 500, quickRounds: 10 };
  const rounds = quick ? amounts.quickRounds : amounts.rounds;
  await compare(
    {
      name: "scale",
      measures: `Save to the first answer of the new code, over ${rounds} saves; what devpm's own processes hold at the end`,
      unit: "ms",
      better: "lower",
      ...amounts,
      contenders: [
        saved("one app, three files", rounds, () => Promise.resolve()),
        saved(`${APPS} apps, ${(FOLDERS * FILES_PER_FOLDER).toLocaleString("en")} files`, rounds, large),
      ],
    },
    { quick },
  );
}
