import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { builtDevpm } from "../test/rigs/devpm.ts";
import { cleanEnvironment } from "../test/rigs/environment.ts";
import { type Namespace, noNamespace, openNamespace } from "../test/rigs/namespace.ts";
import type { Seen } from "../test/rigs/processes.ts";
import { pythonWith } from "../test/rigs/python.ts";
import { PYTHON, openTerminal } from "../test/rigs/terminal.ts";
import { until } from "../test/rigs/wait.ts";
import { Absent, compare, type Contender } from "./harness.ts";
import { peer } from "./peers.ts";

/** What a contender is given: a folder of its own, and the command line of the app. */
interface Room {
  folder: string;
  app: readonly string[];
  env: Record<string, string>;
}

/** Writes what it needs into the folder, and says what to type. */
type Tool = (room: Room) => Promise<readonly string[]> | readonly string[];

const APP = path.resolve(import.meta.dirname, "../test/faults/app.py");
const TREE = [/app\.py 5050/, /^sleep 4001/, /^sleep 4002/, /^sleep 4003/];
const GRACE_MS = 1_000;
/** What is there after this is left for good. */
const LIMIT_MS = 4_000;

const write = ({ folder }: Room, name: string, content: string | object): void => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
};

/** A program of the npm registry that only this comparison needs: installed once, beside the repository. */
function fetched(spec: string, file: string): string {
  const prefix = path.join(tmpdir(), `devpm-bench-${spec}`);
  const bin = path.join(prefix, "node_modules", file);
  try {
    if (!existsSync(bin)) execFileSync("npm", ["install", "--silent", "--prefix", prefix, spec], { stdio: "ignore" });
  } catch {
    throw new Absent(`${spec} could not be installed`);
  }
  return bin;
}

const tools: Record<string, Tool> = {
  "devpm dev": (room) => {
    write(room, "ecosystem.config.json", {
      apps: { app: { command: room.app, port: 5050, reload: false, graceMs: GRACE_MS } },
    });
    return [...builtDevpm(), "dev"];
  },
  "pm2-runtime": (room) => {
    const [script = "", ...args] = room.app;
    const app = { name: "app", script, args, interpreter: "none", kill_timeout: GRACE_MS };
    write(room, "ecosystem.config.json", { apps: [app] });
    return [...peer("pm2", "pm2-runtime"), "start", "ecosystem.config.json"];
  },
  concurrently: ({ app }) => [...peer("concurrently"), "--kill-timeout", String(GRACE_MS), app.join(" ")],
  honcho: async (room) => {
    write(room, "Procfile", `app: ${room.app.join(" ")}\n`);
    return [path.join(await pythonWith(["honcho"]), "bin/honcho"), "start"];
  },
  foreman: (room) => {
    write(room, "Procfile", `app: ${room.app.join(" ")}\n`);
    write(room, ".env", "");
    return [process.execPath, fetched("foreman@3", "foreman/nf.js"), "start"];
  },
  turbo: (room) => {
    write(room, "package.json", { name: "all", private: true, packageManager: "npm@10.8.2", workspaces: ["app"] });
    write(room, "package-lock.json", { name: "all", lockfileVersion: 3, packages: {} });
    write(room, "app/package.json", { name: "app", scripts: { dev: room.app.join(" ") } });
    write(room, "turbo.json", { tasks: { dev: { cache: false, persistent: true } }, ui: "stream" });
    return [process.execPath, fetched("turbo@2", "turbo/bin/turbo"), "run", "dev", "--no-daemon"];
  },
};

interface End {
  shapes: readonly string[];
  act: (terminal: { pid: number; write: (keys: string) => void }, namespace: Namespace) => void;
}

function contender(name: string, tool: Tool, { shapes, act }: End): Contender {
  const unable = noNamespace();
  return {
    name,
    async open() {
      if (unable !== null) throw new Absent(unable);
      const ask = { folder: mkdtempSync(path.join(tmpdir(), "devpm-b-")), app: [], env: {} };
      await tool(ask);
      rmSync(ask.folder, { recursive: true });
      return { sample: () => sample(tool, shapes, act), close: () => Promise.resolve() };
    },
  };
}

async function sample(tool: Tool, shapes: readonly string[], act: End["act"]) {
  const namespace = await openNamespace();
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-b-"));
  const env = { ...cleanEnvironment(folder), DEVPM_HOME: path.join(folder, "d"), PM2_HOME: path.join(folder, "p") };
  const room = { folder, env, app: [PYTHON, "-S", APP, "5050", ...shapes] };
  const terminal = await openTerminal(await tool(room), { cwd: folder, env, through: namespace.enter() });
  const left = (): Seen[] => namespace.left().filter((seen) => !seen.command.endsWith("rigs/terminal.py"));
  try {
    const whole = (): boolean => TREE.every((pattern) => left().some((seen) => pattern.test(seen.command)));
    await until("the whole tree", whole, { describe: () => terminal.output() });
    // what the tool itself still does after its start is over
    await delay(500);
    const began = performance.now();
    act(terminal, namespace);
    let there = left().length;
    while (there > 0 && performance.now() - began < LIMIT_MS) {
      await delay(2);
      there = left().length;
    }
    return { value: performance.now() - began, also: { "processes left": there } };
  } finally {
    terminal.close();
    await namespace.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const press: End["act"] = (terminal) => terminal.write("\x03");

const COOPERATING = ["group", "session", "double"];

const ends: Record<string, End & { measures: string }> = {
  "teardown-ctrl-c": {
    measures: "from Ctrl+C until no process is left, app with a child, one in its own session and a daemon",
    shapes: COOPERATING,
    act: press,
  },
  "teardown-stubborn": {
    measures: `the same, of an app that ignores signals, with a grace of ${GRACE_MS} ms where that can be set`,
    shapes: [...COOPERATING, "deaf"],
    act: press,
  },
  "teardown-sigkill": {
    measures: "from SIGKILL of the tool until no process is left",
    shapes: COOPERATING,
    act: ({ pid }, namespace) => namespace.kill(pid, "SIGKILL"),
  },
};

export default async function bench({ quick }: { quick: boolean }): Promise<void> {
  for (const [name, end] of Object.entries(ends)) {
    await compare(
      {
        name,
        measures: `${end.measures}; ${LIMIT_MS} ms: never`,
        unit: "ms",
        better: "lower",
        rounds: 5,
        quickRounds: 1,
        warmups: 0,
        contenders: Object.entries(tools).map(([tool, start]) => contender(tool, start, end)),
      },
      { quick },
    );
  }
}
