import { spawn, spawnSync } from "node:child_process";
import { readFileSync, readlinkSync, rmSync } from "node:fs";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { claimRegister } from "../../src/model/instance.ts";
import { Delivery } from "./delivery.ts";
import { listening } from "./ports.ts";
import { type Seen, alive, look, processes } from "./processes.ts";
import { PYTHON } from "./terminal.ts";
import { Transcript } from "./transcript.ts";
import type { Ended } from "./terminal.ts";
import { DEADLINE_MS, until, within } from "./wait.ts";

/**
 * A machine of its own: no other process sees its process ids, /proc and network (loopback only). Ports 5050 and 5173 are
 * free in it, and "nothing is left" is a plain list. Files are shared, so a Docker socket is reachable.
 */
export interface Namespace {
  /** Put before a command to run it inside, also for `openTerminal`: its pid is then that of nsenter, outside. */
  enter(cwd?: string): readonly string[];
  /** The same for its network alone: the process is one of this machine, and is not counted. */
  enterNetwork: readonly string[];
  /** The namespace's own /proc, readable from outside. */
  proc: string;
  spawn(command: readonly string[], options: NamespaceSpawn): Inside;
  /** Runs to the end, within a deadline. */
  run(
    command: readonly string[],
    options: NamespaceSpawn & { deadlineMs?: number },
  ): Promise<Ended & { output: string }>;
  /** Everything alive in it but process 1, the innocents, and what the rig itself started; zombies not counted. */
  left(): Seen[];
  /** All of it, with pids as they are inside. */
  processes(): Seen[];
  /** Ports that a process in it listens on. */
  listening(): number[];
  /** Starts something that has nothing to do with devpm and must survive. Resolves with it as seen inside. */
  innocent(command: readonly string[], options?: Partial<NamespaceSpawn>): Promise<Seen>;
  /** Those of the innocents that are no longer what they were. */
  harmed(): Seen[];
  /** Sends a signal to a pid as it is inside. */
  kill(pid: number, signal: NodeJS.Signals): void;
  /** Ends everything in it. */
  close(): Promise<void>;
}

export interface NamespaceSpawn {
  env: Readonly<Record<string, string | undefined>>;
  cwd?: string;
}

export interface Inside {
  /** Of the command, as it is inside. */
  pid: number;
  output(): string;
  waitFor(pattern: RegExp, options?: { deadlineMs?: number; from?: number }): Promise<RegExpExecArray>;
  exit: Promise<Ended>;
  ended(deadlineMs?: number): Promise<Ended>;
}

/** Why namespaces cannot be made here, or null where they can: the reason of a skip. */
export function noNamespace(): string | null {
  if (process.platform !== "linux") return "namespaces are Linux's";
  const tried = spawnSync("unshare", ["--pid", "--net", "--mount", "--fork", "--mount-proc", "true"], {
    encoding: "utf8",
  });
  if (tried.error) return `unshare (util-linux) could not be started: ${tried.error.message}`;
  return tried.status === 0 ? null : `no namespaces of its own: ${tried.stderr.trim()}`;
}

const identityOf = ({ pid, started }: Seen): string => `${pid} ${started}`;

export async function openNamespace(): Promise<Namespace> {
  const apart = ["--pid", "--net", "--mount", "--fork", "--mount-proc", "--kill-child", "--"];
  const unshared = spawn("unshare", [...apart, PYTHON, path.join(import.meta.dirname, "namespace.py")], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
    cwd: "/",
  });
  await within("a namespace", once(createInterface({ input: unshared.stdout }), "line"));
  const first = childOf(unshared.pid ?? 0);
  const proc = `/proc/${first}/root/proc`;
  const network = /\d+/.exec(readlinkSync(`/proc/${first}/ns/net`))?.[0] ?? "";
  const nsenter = ["nsenter", "-t", String(first), "-p", "-n", "-m", "--"];
  // entering a mount namespace moves to its root folder
  const enter = (cwd = "/"): string[] => [...nsenter, "sh", "-c", 'cd "$0" && exec "$@"', cwd];
  const innocents: Seen[] = [];
  // noted while their command shows what they are: one that is ending shows none, and its job is one until its exec
  const terminals = new Set<string>();
  const insiders = (): Seen[] => {
    const seen = processes(proc);
    for (const one of seen) if (one.command.endsWith("rigs/terminal.py")) terminals.add(identityOf(one));
    return seen;
  };
  const isTerminal = (seen: Seen): boolean =>
    seen.command.endsWith("rigs/terminal.py") ||
    (seen.command.startsWith("[python") && terminals.has(identityOf(seen)));

  const start = (
    command: readonly string[],
    options: NamespaceSpawn,
    delivery = new Delivery(),
  ): Inside & { found: Promise<Seen> } => {
    const [file = "", ...args] = [...enter(options.cwd), ...command];
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH, ...options.env },
    });
    const printed = new Transcript();
    const keep = (chunk: Buffer): void => delivery.output(chunk, (piece) => printed.add(piece));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const exit = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) =>
        delivery.pass(() => {
          printed.end(`the command has ended (${signal ?? `exit ${code}`})`);
          resolve({ code, signal });
        }),
      );
    });
    exit.catch(() => {});
    const outside = child.pid ?? 0;
    const found = until(`pid of ${command.join(" ")} in the namespace`, () => insideOf(outside, proc));
    found.catch(() => {});
    return {
      found,
      get pid() {
        return insideOf(outside, proc)?.pid ?? 0;
      },
      output: () => printed.text(),
      waitFor: (pattern, wait) => printed.waitFor(pattern, wait),
      exit,
      ended: (deadlineMs = DEADLINE_MS) =>
        within(`the end of ${command.join(" ")}`, exit, { deadlineMs, describe: () => printed.text() }),
    };
  };

  return {
    enter,
    enterNetwork: ["nsenter", "-t", String(first), "-n", "--"],
    proc,
    spawn: (command, options) => start(command, options),
    async run(command, { deadlineMs, ...options }) {
      const inside = start(command, options, new Delivery({ slow: false }));
      return { ...(await inside.ended(deadlineMs)), output: inside.output() };
    },
    processes: insiders,
    left: () =>
      insiders().filter(
        (seen) =>
          seen.pid !== 1 &&
          seen.state !== "Z" &&
          !isTerminal(seen) &&
          !innocents.some((innocent) => innocent.pid === seen.pid),
      ),
    listening: () => listening(`/proc/${first}`),
    async innocent(command, options = {}) {
      const seen = await start(command, { env: { PATH: process.env.PATH }, ...options }).found;
      innocents.push(seen);
      return seen;
    },
    harmed: () => innocents.filter((innocent) => !alive(innocent, proc)),
    kill(pid, signal) {
      const done = spawnSync(nsenter[0] ?? "", [...nsenter.slice(1), "kill", `-${signal}`, String(pid)], {
        encoding: "utf8",
      });
      if (done.status !== 0) throw new Error(`kill -${signal} ${pid} inside: ${done.stderr}`);
    },
    async close() {
      if (unshared.exitCode !== null || unshared.signalCode !== null) return;
      const over = once(unshared, "exit");
      unshared.stdin.end();
      await within("the end of the namespace", over);
      // what was killed in it has left its claims, on ports that are nowhere any more
      rmSync(path.join(claimRegister({ uid: process.getuid?.() ?? 0 }), `network-${network}`), {
        recursive: true,
        force: true,
      });
    },
  };
}

function childOf(parent: number): number {
  const child = readFileSync(`/proc/${parent}/task/${parent}/children`, "latin1").trim().split(" ")[0];
  if (!child) throw new Error(`pid ${parent} (unshare) has no child`);
  return Number(child);
}

/** nsenter forks to enter a pid namespace; its child has one pid outside and another inside. */
function insideOf(nsenter: number, proc: string): Seen | null {
  try {
    const outside = childOf(nsenter);
    const status = readFileSync(`/proc/${outside}/status`, "latin1");
    const pids = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
    const seen = look(Number(pids.at(-1)), proc);
    return seen && !seen.command.startsWith("nsenter ") ? seen : null;
  } catch {
    return null;
  }
}
