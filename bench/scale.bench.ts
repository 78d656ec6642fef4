import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../test/rigs/ports.ts";
import { type Contender, compare } from "./harness.ts";
import { type Counted, type Held, counted, grown, heldTable } from "./held.ts";
import type { Backend } from "./reload-apps.ts";
import { LOOK_MS, type Watcher, at, contender } from "./reload-ways.ts";
import { untilAnswers } from "./stack.ts";

const APPS = 20;
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
function fill(folder: string, folders: number): void {
  for (let n = 0; n < folders; n++) {
    const within = path.join(folder, "data", `part${n % 10}`, `folder${n}`);
    mkdirSync(within, { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file++) writeFileSync(path.join(within, `file${file}.txt`), "text\n");
  }
}

interface Amounts {
  rounds: number;
  /** From this save on nothing may grow: what a session loads at its first ones is loaded. */
  settled: number;
  folders: number;
  /** The large session stays for this long by its own clock after the last round. */
  hours: number;
  savesAfter: number;
}

const WHOLE: Amounts = { rounds: 500, settled: 50, folders: 1_000, hours: 10, savesAfter: 20 };
const QUICK: Amounts = { rounds: 40, settled: 10, folders: 50, hours: 3, savesAfter: 5 };
/** Ten hours of the engine's clock in a minute. */
const FAST = 600;
const MS_PER_HOUR = 3_600_000;

/** By moment. */
type Moments = Record<string, Held>;

function saved(
  name: string,
  { rounds, settled, hours, savesAfter }: Pick<Amounts, "rounds" | "settled" | "hours" | "savesAfter">,
  prepare: (backend: Backend) => Promise<void>,
): { contender: Contender; moments: Moments } {
  const moments: Moments = {};
  let session: Counted | null = null;
  const begin = async (backend: Backend): Promise<Watcher> => {
    backend.configure("warm");
    await prepare(backend);
    session = counted(at(backend));
    const { running } = session;
    return { stop: () => running.end("SIGINT") };
  };
  const answered = async (backend: Backend, word: string): Promise<number> => {
    await delay(REST_MS);
    const began = performance.now();
    backend.save(word);
    await untilAnswers(backend.url, word, LOOK_MS);
    return performance.now() - began;
  };
  const one = contender(name, "flask", begin, (backend) =>
    Promise.resolve(async (round: number) => {
      const value = await answered(backend, `word${round + 100}`);
      const { held, clockAt } = session!;
      if (round === settled) moments[`after ${settled} saves`] = await held("backend");
      if (round !== rounds - 1) return value;
      moments[`after ${rounds} saves`] = await held("backend");
      if (hours > 0) {
        await clockAt(FAST);
        await delay((hours * MS_PER_HOUR) / FAST);
        await clockAt(1);
        for (let n = 0; n < savesAfter; n++) await answered(backend, `later${n}`);
        const later = await held("backend");
        if ((later["engine"]?.["hours"] ?? 0) < hours) throw new Error("the engine's clock was not fast");
        moments[`${hours} hours of its clock and ${savesAfter} saves later`] = later;
      }
      return value;
    }),
  );
  return { contender: one, moments };
}

async function large(backend: Backend, folders: number): Promise<void> {
  fill(backend.folder, folders);
  backend.configure("warm", neighbours(backend, await freePorts(10)));
}

export default async function scale({ quick }: { quick: boolean }): Promise<void> {
  const amounts = quick ? QUICK : WHOLE;
  const { rounds, folders } = amounts;
  const small = saved("one app, three files", { ...amounts, hours: 0 }, () => Promise.resolve());
  const many = `${APPS} apps, ${(folders * FILES_PER_FOLDER).toLocaleString("en")} files`;
  const much = saved(many, amounts, (backend) => large(backend, folders));
  await compare(
    {
      name: "scale",
      measures: `Save to the first answer of the new code, over ${rounds} saves`,
      unit: "ms",
      better: "lower",
      rounds: WHOLE.rounds,
      quickRounds: QUICK.rounds,
      contenders: [small.contender, much.contender],
    },
    { quick },
  );
  console.log(`\n${many}: what its processes hold\n\n${heldTable(much.moments)}`);
  const problems = [small, much].flatMap(({ moments }) => {
    const [first, ...later] = Object.values(moments);
    return later.flatMap((held) => grown(first ?? {}, held));
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
