import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { builtDevpm } from "../test/rigs/devpm.ts";
import { cleanEnvironment } from "../test/rigs/environment.ts";
import { freePorts } from "../test/rigs/ports.ts";
import { webPython } from "./peers.ts";

/** A Flask backend and a Vite page in a folder of their own, with all that they need installed: what a second start finds. */
export interface Stack {
  folder: string;
  backend: { port: number; url: string; command: readonly string[]; file: string };
  frontend: { port: number; url: string; command: readonly string[]; folder: string; file: string };
  /** A person's shell: clean, with a home, a DEVPM_HOME and a PM2_HOME of this folder. */
  env: Record<string, string>;
  remove(): void;
}

export interface StackOptions {
  /** What a save of the backend does under devpm; its default where left out. */
  reload?: "restart";
}

export const backendCode = (word: string): string => `from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return {"word": "${word}"}
`;

export const pageCode = (word: string): string => `import { useState } from "react";

export default function App() {
  const [clicks, setClicks] = useState(0);
  return <p id="word" onClick={() => setClicks(clicks + 1)}>${word}</p>;
}
`;

const MAIN = `import { createRoot } from "react-dom/client";
import App from "./App.jsx";

createRoot(document.getElementById("root")).render(<App />);
`;

const HTML = `<!doctype html>
<html><body><div id="root"></div><script type="module" src="/main.jsx"></script></body></html>
`;

const VITE_CONFIG = `import react from "@vitejs/plugin-react";
export default { plugins: [react()], cacheDir: ".vite" };
`;

export async function makeStack({ reload }: StackOptions = {}): Promise<Stack> {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-bench-")));
  const folder = path.join(base, "project");
  const venv = await webPython();
  const [backendPort = 0, frontendPort = 0] = await freePorts(2);
  const frontend = path.join(folder, "frontend");
  for (const name of ["web", "frontend"]) mkdirSync(path.join(folder, name), { recursive: true });
  // beside the project: what watches the project must not see them
  mkdirSync(path.join(base, "home"));
  symlinkSync(venv, path.join(folder, ".venv"));
  symlinkSync(path.join(import.meta.dirname, "node_modules"), path.join(frontend, "node_modules"));
  const file = path.join(folder, "web/app.py");
  const files: Record<string, string> = {
    [file]: backendCode("first"),
    [path.join(frontend, "App.jsx")]: pageCode("first"),
    [path.join(frontend, "main.jsx")]: MAIN,
    [path.join(frontend, "index.html")]: HTML,
    [path.join(frontend, "vite.config.mjs")]: VITE_CONFIG,
    [path.join(frontend, "package.json")]: `{ "private": true, "scripts": { "dev": "vite" } }\n`,
    [path.join(folder, "ecosystem.config.ts")]: config(backendPort, frontendPort, reload),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(name, text);
  const python = path.join(folder, ".venv/bin/python");
  const vite = path.join(frontend, "node_modules/vite/bin/vite.js");
  return {
    folder,
    backend: {
      port: backendPort,
      url: `http://127.0.0.1:${backendPort}/`,
      command: [python, "-m", "flask", "--app", "web.app", "run", "--port", String(backendPort)],
      file,
    },
    frontend: {
      port: frontendPort,
      url: `http://localhost:${frontendPort}/`,
      command: [process.execPath, vite, "--port", String(frontendPort), "--strictPort"],
      folder: frontend,
      file: path.join(frontend, "App.jsx"),
    },
    env: {
      ...shellOfAPerson(path.join(base, "home")),
      DEVPM_HOME: path.join(base, "d"),
      PM2_HOME: path.join(base, "p"),
      // two saves of one size within a second would be answered from the first one's bytecode, whoever restarts it
      PYTHONDONTWRITEBYTECODE: "1",
    },
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/**
 * Without the file of certificates that some machines name for what they fetch: Node 20 reads it at each boot (25 ms and 3 MB of
 * every Node in a row), and nothing here fetches anything.
 */
function shellOfAPerson(home: string): Record<string, string> {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = cleanEnvironment(home);
  return env;
}

/** With set-up steps, so that looking whether their inputs changed is a part of what is measured. */
function config(backend: number, frontend: number, reload: "restart" | undefined): string {
  const setup = (input: string): string => `setup: [{ run: "true", inputs: ["${input}"] }]`;
  const how = reload === undefined ? "" : `reload: "${reload}", `;
  return `import { defineConfig, flask, vite } from "devpm";

export default defineConfig({
  apps: {
    backend: flask({ app: "web.app", port: ${backend}, ${how}${setup("web/app.py")} }),
    frontend: vite({ cwd: "frontend", port: ${frontend}, ${setup("package.json")} }),
  },
});
`;
}

/** The same two apps as PM2 takes them; `backend` adds to that of the first. Returns the file. */
export function plainPm2({ folder, backend, frontend }: Stack, more: Readonly<Record<string, unknown>> = {}): string {
  const app = (name: string, [script = "", ...args]: readonly string[], cwd: string): Record<string, unknown> => ({
    name,
    cwd,
    script,
    args,
    interpreter: "none",
  });
  const apps = [
    { ...app("backend", backend.command, folder), ...more },
    app("frontend", frontend.command, frontend.folder),
  ];
  const file = path.join(folder, "pm2.json");
  writeFileSync(file, JSON.stringify({ apps }));
  return file;
}

/** Runs until it is ended. */
export interface Running {
  pid: number;
  /** Sends the signal, to its whole group where `group`, and waits for its end. */
  end(signal: NodeJS.Signals, options?: { group?: boolean }): Promise<void>;
}

export function run(command: readonly string[], { cwd, env }: { cwd: string; env: Record<string, string> }): Running {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, env, stdio: "ignore", detached: true });
  const ended = endOf(child);
  return {
    pid: child.pid ?? 0,
    async end(signal, { group = false } = {}) {
      if (child.exitCode === null && child.signalCode === null) process.kill(group ? -child.pid! : child.pid!, signal);
      await ended;
    },
  };
}

/** Runs to its end. */
export async function done(
  command: readonly string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<void> {
  const [file = "", ...args] = command;
  await endOf(spawn(file, args, { cwd, env, stdio: "ignore" }));
}

const endOf = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => child.once("close", resolve).once("error", reject));

export const devpm = (...args: string[]): readonly string[] => [...builtDevpm(), ...args];

const DEADLINE_MS = 60_000;

/** Asks, on a new connection each time, until an answer holds `word`. The refused and failed ones are counted. */
export async function untilAnswers(url: string, word: string, everyMs = 4): Promise<{ refused: number }> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let refused = 0; ;) {
    const body = await get(url);
    if (body?.includes(word)) return { refused };
    if (body === null) refused++;
    if (performance.now() > deadline) throw new Error(`${url} did not answer "${word}"; last: ${body ?? "nothing"}`);
    await delay(everyMs);
  }
}

/** Until nobody listens there any more. */
export async function untilFree(...urls: string[]): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (const url of urls)
    while ((await get(url)) !== null) {
      if (performance.now() > deadline) throw new Error(`${url} still answers`);
      await delay(20);
    }
}

function get(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      // a server that is ended in the middle of an answer ends neither it nor the request
      response.once("close", () => resolve(response.complete ? body : null));
    });
    request.once("error", () => resolve(null));
    request.setTimeout(5_000, () => request.destroy());
  });
}
