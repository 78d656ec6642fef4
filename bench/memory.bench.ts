import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Seen, alive, look, processesOf } from "../test/rigs/processes.ts";
import { cpuOf } from "./cpu.ts";
import { Absent, type Contender, compare } from "./harness.ts";
import { peer } from "./peers.ts";
import { anonymousOf, family, pssOf } from "./pss.ts";
import { type Stack, devpm, done, makeStack, plainPm2, run, untilAnswers } from "./stack.ts";

/** Runs the stack; `own` are its own processes, without the apps and what these start. */
interface Way {
  up(stack: Stack): Promise<{ own: readonly Seen[]; down(): Promise<void> }>;
}

/** What an idle process set costs. */
interface Idle {
  pssMB: number;
  anonymousMB: number;
  cpuPercent: number;
  processes: number;
}

const measured = (name: string, way: Way, seconds: number): Contender => ({
  name,
  open: () =>
    Promise.resolve({
      async sample() {
        const stack = await makeStack();
        try {
          const { own, down } = await way.up(stack);
          try {
            const { pssMB, anonymousMB, cpuPercent, processes } = await idle(own, seconds);
            return { value: pssMB, most: { processes }, beside: { "memory-own": anonymousMB, "idle-cpu": cpuPercent } };
          } finally {
            await down();
          }
        } finally {
          stack.remove();
        }
      },
      close: () => Promise.resolve(),
    }),
});

/** What a start leaves to be collected is collected by then. */
const SETTLE_MS = 16_000;

async function idle(begun: readonly Seen[], seconds: number): Promise<Idle> {
  await delay(SETTLE_MS);
  // what a start asks may still run as it answers
  const own = begun.filter((seen) => alive(seen));
  if (own.length === 0) throw new Error("all of it has ended");
  const before = cpuOf(own);
  await delay(seconds * 1_000);
  return {
    pssMB: pssOf(own),
    anonymousMB: anonymousOf(own),
    cpuPercent: ((cpuOf(own) - before) / (seconds * 1_000)) * 100,
    processes: own.length,
  };
}

const at = ({ folder, env }: Stack): { cwd: string; env: Record<string, string> } => ({ cwd: folder, env });

async function answering({ backend, frontend }: Stack): Promise<void> {
  await Promise.all([untilAnswers(backend.url, "word"), untilAnswers(frontend.url, "root")]);
}

/** The engine and all below it that is no app: the guardian's, PM2's daemon, and helpers of a library. */
const underDevpm: Way = {
  async up(stack) {
    const running = run(devpm("dev"), at(stack));
    await answering(stack);
    const own = family(running.pid).filter((seen) => !isApp(seen));
    return { own, down: () => running.end("SIGINT") };
  },
};

/** The same without a terminal: its engine is nobody's child. */
const detached: Way = {
  async up(stack) {
    await done(devpm("dev", "--detach"), at(stack));
    await answering(stack);
    const engines = processesOf(stack.folder).filter(({ command }) => command.includes("bin/devpm.js"));
    const own = engines.flatMap(({ pid }) => family(pid)).filter((seen) => !isApp(seen));
    return { own, down: () => done(devpm("down"), at(stack)) };
  },
};

/** devpm names the app in the environment of each of its processes. What has just ended is none. */
function isApp({ pid }: Seen): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1")
      .split("\0")
      .some((entry) => entry.startsWith("DEVPM_APP="));
  } catch {
    return false;
  }
}

const concurrently: Way = {
  async up(stack) {
    const { backend, frontend } = stack;
    const page = `cd ${frontend.folder} && exec ${frontend.command.join(" ")}`;
    const running = run([...peer("concurrently"), backend.command.join(" "), page], at(stack));
    await answering(stack);
    return { own: [look(running.pid)!], down: () => running.end("SIGINT") };
  },
};

/** What no program for Node can do without, and the same each time: concurrently has collected what its start left, or has not. */
const NODE_ALONE = "node alone";
const nodeAlone: Way = {
  up(stack) {
    const running = run([process.execPath, "-e", "setInterval(() => {}, 1_000_000)"], at(stack));
    return Promise.resolve({ own: [look(running.pid)!], down: () => running.end("SIGTERM") });
  },
};

const pm2: Way = {
  async up(stack) {
    await done([...peer("pm2"), "start", plainPm2(stack)], at(stack));
    await answering(stack);
    const daemon = look(Number(readFileSync(path.join(stack.env.PM2_HOME ?? "", "pm2.pid"), "latin1")));
    return { own: daemon ? [daemon] : [], down: () => done([...peer("pm2"), "kill"], at(stack)) };
  },
};

const nodemon: Way = {
  async up(stack) {
    const begin = (command: readonly string[], cwd: string): ReturnType<typeof run> =>
      run([...peer("nodemon"), "--exec", command.join(" ")], { cwd, env: stack.env });
    const both = [begin(stack.backend.command, stack.folder), begin(stack.frontend.command, stack.frontend.folder)];
    await answering(stack);
    return {
      own: both.map(({ pid }) => look(pid)!),
      down: async () => void (await Promise.all(both.map((one) => one.end("SIGINT", { group: true })))),
    };
  },
};

export default async function memory({ quick }: { quick: boolean }): Promise<void> {
  if (process.platform !== "linux") throw new Absent("PSS is Linux's");
  /** They say nothing about a change of devpm's. */
  const others = { "pm2's daemon": pm2, "two nodemon": nodemon };
  const ways = {
    "devpm dev": underDevpm,
    "devpm dev --detach": detached,
    concurrently,
    [NODE_ALONE]: nodeAlone,
    ...(quick ? {} : others),
  };
  const what = "of what keeps Flask + Vite running while nothing happens, the apps themselves left out";
  await compare(
    {
      name: "memory",
      measures: `PSS ${what}`,
      unit: "MB",
      better: "lower",
      against: "concurrently",
      beside: [
        { name: "memory-own", measures: `Anonymous PSS ${what}`, unit: "MB", better: "lower", against: NODE_ALONE },
        { name: "idle-cpu", measures: `CPU ${what}`, unit: "%", better: "lower", against: "concurrently" },
      ],
      rounds: 3,
      quickRounds: 1,
      warmups: 0,
      order: "apart",
      contenders: Object.entries(ways).map(([name, way]) => measured(name, way, quick ? 2 : 30)),
    },
    { quick },
  );
}
