import { writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Contender, compare } from "./harness.ts";
import { peer } from "./peers.ts";
import { type Backend, type Kind, makeBackend } from "./reload-apps.ts";
import { devpm, done, run } from "./stack.ts";

interface Watcher {
  stop(): Promise<unknown>;
}

/** From one answer to the next save: longer than any of them takes to come to rest. */
const REST_MS = 1_200;
const LOOK_MS = 1;
const DEADLINE_MS = 60_000;

function contender(name: string, kind: Kind, begin: (backend: Backend) => Promise<Watcher> | Watcher): Contender {
  return {
    name,
    async open() {
      const backend = await makeBackend(kind);
      const watcher = await begin(backend);
      const close = async (): Promise<void> => {
        await watcher.stop();
        backend.remove();
      };
      await untilAnswers(backend.url, "first").catch(async (error: unknown) => {
        await close();
        throw error;
      });
      return {
        async sample(round) {
          await delay(REST_MS);
          const word = `word${round + 100}`;
          const began = performance.now();
          backend.save(word);
          const also = await untilAnswers(backend.url, word);
          return { value: performance.now() - began, also };
        },
        close,
      };
    },
  };
}

/** On a new connection each time; what is refused or broken off is counted. */
async function untilAnswers(url: string, word: string): Promise<{ refused: number }> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let refused = 0; ;) {
    const body = await get(url);
    if (body?.includes(word)) return { refused };
    if (body === null) refused += 1;
    if (performance.now() > deadline) throw new Error(`${url} did not answer «${word}»; last: ${body ?? "nothing"}`);
    await delay(LOOK_MS);
  }
}

/** null where there is no whole answer. */
function get(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: 5_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.once("end", () => resolve(body));
      response.once("error", () => resolve(null));
    });
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve(null));
    request.once("close", () => resolve(null));
  });
}

const at = ({ folder, env }: Backend): { cwd: string; env: Record<string, string> } => ({ cwd: folder, env });

const underDevpm =
  (how: "warm" | "restart") =>
  (backend: Backend): Watcher => {
    backend.configure(how);
    const running = run(devpm("dev"), at(backend));
    return { stop: () => running.end("SIGINT") };
  };

function ownReloader(backend: Backend): Watcher {
  const running = run(backend.selfReloading, at(backend));
  return { stop: () => running.end("SIGTERM", { group: true }) };
}

const pm2 =
  (settings: Record<string, unknown>) =>
  async (backend: Backend): Promise<Watcher> => {
    const [script = "", ...args] = backend.command;
    const app = { name: "backend", cwd: backend.folder, script, args, interpreter: "none", watch: true, ...settings };
    const file = path.join(backend.folder, "pm2.json");
    writeFileSync(file, JSON.stringify({ apps: [app] }));
    await done([...peer("pm2"), "start", file], at(backend));
    return { stop: () => done([...peer("pm2"), "kill"], at(backend)) };
  };

const TUNED = { watch: ["words.py", "app.py"], kill_retry_time: 4, treekill: false, autorestart: false };

function nodemon(backend: Backend): Watcher {
  const options = ["--watch", "words.py", "--ext", "py", "--signal", "SIGTERM", "--exec", backend.command.join(" ")];
  const running = run([...peer("nodemon"), ...options], at(backend));
  return { stop: () => running.end("SIGINT", { group: true }) };
}

const ways = (kind: Kind): Contender[] => [
  contender(kind === "fastapi" ? "uvicorn --reload" : "flask --debug", kind, ownReloader),
  contender("devpm (warm)", kind, underDevpm("warm")),
  contender('devpm (reload: "restart")', kind, underDevpm("restart")),
  contender("pm2 --watch, defaults", kind, pm2({ ignore_watch: ["[/\\\\]\\.|node_modules", "__pycache__"] })),
  contender("pm2 --watch, tuned", kind, pm2(TUNED)),
  contender("nodemon", kind, nodemon),
];

const said: Record<Kind, string> = {
  flask: "a trivial Flask app",
  fastapi: "a trivial FastAPI app on uvicorn",
  heavy: "a Flask app that imports pandas, SQLAlchemy and pydantic",
};

export default async function reload({ quick }: { quick: boolean }): Promise<void> {
  for (const kind of ["flask", "fastapi", "heavy"] as const) {
    const twin = kind === "heavy" ? [contender("devpm (warm), its trivial twin", "flask", underDevpm("warm"))] : [];
    await compare(
      {
        name: `reload-${kind}`,
        measures: `Save to the first answer of the new code, ${said[kind]}`,
        unit: "ms",
        better: "lower",
        rounds: 20,
        quickRounds: 5,
        contenders: [...ways(kind), ...twin],
      },
      { quick },
    );
  }
}
