import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Contender } from "./harness.ts";
import { peer } from "./peers.ts";
import { type Backend, type Kind, makeBackend } from "./reload-apps.ts";
import { devpm, done, run, untilAnswers } from "./stack.ts";

/** What keeps a backend running; some reload it at a save. */
export interface Watcher {
  stop(): Promise<unknown>;
}

export type Way = (backend: Backend) => Promise<Watcher> | Watcher;

/** From one answer to the next save: longer than any of them takes to come to rest. */
export const REST_MS = 1_200;
/** From one look whether it answers to the next: a small part of what the fastest of them takes. */
export const LOOK_MS = 1;

/** A backend of its own that answers; `sampled` says what is done with it in each round. */
export function contender(
  name: string,
  kind: Kind,
  begin: Way,
  sampled: (backend: Backend) => Promise<Awaited<ReturnType<Contender["open"]>>["sample"]>,
): Contender {
  return {
    name,
    async open() {
      const backend = await makeBackend(kind);
      const watcher = await begin(backend);
      const close = async (): Promise<void> => {
        await watcher.stop();
        backend.remove();
      };
      try {
        await untilAnswers(backend.url, "first", LOOK_MS);
        return { sample: await sampled(backend), close };
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

export const at = ({ folder, env }: Backend): { cwd: string; env: Record<string, string> } => ({ cwd: folder, env });

export const underDevpm =
  (how: "warm" | "restart"): Way =>
  (backend) => {
    backend.configure(how);
    const running = run(devpm("dev"), at(backend));
    return { stop: () => running.end("SIGINT") };
  };

export const plain: Way = (backend) => {
  const running = run(backend.command, at(backend));
  return { stop: () => running.end("SIGTERM") };
};

/** As a person calls it. */
export const OWN_RELOADERS: Readonly<Record<Kind, string>> = {
  flask: "flask --debug",
  heavy: "flask --debug",
  fastapi: "uvicorn --reload",
  django: "manage.py runserver",
};

export const ownReloader: Way = (backend) => {
  const running = run(backend.selfReloading, at(backend));
  return { stop: () => running.end("SIGTERM", { group: true }) };
};

export const pm2 =
  (settings: Record<string, unknown>): Way =>
  async (backend) => {
    const [script = "", ...args] = backend.command;
    const app = { name: "backend", cwd: backend.folder, script, args, interpreter: "none", watch: true, ...settings };
    const file = path.join(backend.folder, "pm2.json");
    writeFileSync(file, JSON.stringify({ apps: [app] }));
    await done([...peer("pm2"), "start", file], at(backend));
    return { stop: () => done([...peer("pm2"), "kill"], at(backend)) };
  };

export const DEFAULTS = { ignore_watch: ["[/\\\\]\\.|node_modules", "__pycache__"] };
export const TUNED = { watch: ["words.py", "app.py"], kill_retry_time: 4, treekill: false, autorestart: false };

export const nodemon: Way = (backend) => {
  const options = ["--watch", "words.py", "--ext", "py", "--signal", "SIGTERM", "--exec", backend.command.join(" ")];
  const running = run([...peer("nodemon"), ...options], at(backend));
  return { stop: () => running.end("SIGINT", { group: true }) };
};
