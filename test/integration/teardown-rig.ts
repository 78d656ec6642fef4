import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";
import type { Receipt } from "../../src/model/events.ts";
import type { Released } from "../../src/teardown/guardian.ts";
import { REPOSITORY, builtDevpm } from "../rigs/devpm.ts";
import { type Inside, type Namespace, noNamespace, openNamespace } from "../rigs/namespace.ts";
import { tree } from "../rigs/processes.ts";
import { PYTHON } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";

export interface Plan {
  apps: { name: string; command: string; graceMs?: number; ports?: number[]; again?: boolean }[];
  /** Without the shim: the guardian is the sentinel alone. */
  alone?: boolean;
  /** What starts the shim; the system's python by default. */
  python?: string;
}

export interface Armed {
  shim: number | null;
  sentinel: number;
  daemon: number;
  proof: string;
}

export interface EngineEnd {
  reason: string;
  receipt: Receipt;
  released: Released;
}

/** An engine with its guardian and its apps in a namespace of their own. */
export interface Engine {
  namespace: Namespace;
  folder: string;
  inside: Inside;
  /** The engine's own pid, as it is inside. */
  pid: number;
  armed(): Promise<Armed>;
  /** Resolves when as many processes run whose command line holds this. */
  running(command: string, count?: number): Promise<void>;
  ended(): Promise<EngineEnd>;
  /** Nothing is left in the namespace, whatever it carries; fails with the tree of what is. */
  nothingLeft(): Promise<void>;
}

const unable = noNamespace();

export const DIST = path.join(REPOSITORY, "dist");

/** Builds it where src is newer. */
export const readyDist = (): void => void builtDevpm();

/** What a program of ours that runs inside is given. */
export const env = { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin:/usr/sbin:/sbin` };

export async function startEngine(ctx: TestContext, plan: Plan): Promise<Engine> {
  ctx.skip(unable !== null, unable ?? "");
  readyDist();
  const namespace = await openNamespace();
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-t-"));
  ctx.onTestFinished(async () => {
    await namespace.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const json = JSON.stringify({ ...plan, python: plan.alone ? null : (plan.python ?? PYTHON), supervisor: PYTHON });
  const script = path.join(import.meta.dirname, "teardown-engine.mjs");
  const engine = [process.execPath, script, DIST, folder, json];
  // below a shell: nsenter stops itself when the engine is stopped, and would not go on with it
  const inside = namespace.spawn(["sh", "-c", '"$@" & wait $!', "sh", ...engine], { env });
  const told = async <T>(what: string): Promise<T> =>
    JSON.parse((await inside.waitFor(new RegExp(`^${what} (.*)\\n`, "m")))[1] ?? "") as T;
  const shown = (): string =>
    `${tree(namespace.left())}\n${inside.output()}\n${readOrEmpty(path.join(folder, "daemon.log"))}`;
  const { pid } = await told<{ pid: number }>("arming");
  return {
    namespace,
    folder,
    inside,
    pid,
    armed: () => told<Armed>("armed"),
    async running(command, count = 1) {
      const matching = (): number => namespace.left().filter((seen) => seen.command === command).length;
      await until(`${count} × ${command}`, () => matching() === count, { describe: shown });
    },
    ended: () => told<EngineEnd>("ended"),
    async nothingLeft() {
      await until("nothing left in the namespace", () => namespace.left().length === 0, { describe: shown });
    },
  };
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** A program of that name that only sleeps: `sleep` itself under another name, so that /proc/PID/exe says so. */
export function programNamed(name: string, folder: string): string {
  const file = path.join(folder, name);
  copyFileSync("/bin/sleep", file);
  chmodSync(file, 0o755);
  return file;
}
