import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseRecord } from "../src/model/session-record.ts";
import { processes } from "../test/rigs/processes.ts";
import { type Running, devpm, run } from "./stack.ts";

/** What a process holds, by name: MB, descriptors, and of the engine what bench/engine-hook.mjs counts. */
export type Held = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A session whose engine says what it holds, and whose clock can be fast. */
export interface Counted {
  running: Running;
  /** Of the engine, PM2's daemon, and what keeps the app warm. */
  held(app: string): Promise<Held>;
  /** So many milliseconds of the engine's clock pass in one; what it waits for at that moment still takes what it did. */
  clockAt(rate: number): Promise<void>;
}

/** So much may be added while a session runs: what is under way at the moment of the count, and V8's own moods. */
const GROWTH: Readonly<Record<string, number>> = {
  MB: 30,
  descriptors: 8,
  timers: 20,
  listeners: 20,
  emitters: 20,
  promises: 100,
};

const HOOK = path.join(import.meta.dirname, "engine-hook.mjs");
const DEADLINE_MS = 60_000;

export function counted({ cwd, env }: { cwd: string; env: Record<string, string> }): Counted {
  const folder = mkdtempSync(path.join(path.dirname(cwd), "held-"));
  const counts = path.join(folder, "counts");
  const [node = "", ...program] = devpm("dev");
  const running = run([node, "--import", HOOK, ...program], { cwd, env: { ...env, HELD: folder } });
  async function engine(): Promise<Record<string, number>> {
    rmSync(counts, { force: true });
    process.kill(running.pid, "SIGUSR2");
    for (const began = performance.now(); !existsSync(counts); await delay(20))
      if (performance.now() > began + DEADLINE_MS) throw new Error("the engine does not say what it holds");
    return JSON.parse(readFileSync(counts, "utf8")) as Record<string, number>;
  }
  return {
    running,
    async held(app) {
      const own = await engine();
      const daemon = recordIn(env["DEVPM_HOME"] ?? "").daemon?.pid ?? 0;
      const supervisor = processes().find(({ pid, parent }) => parent === daemon && isOf(app, pid));
      if (!supervisor) throw new Error(`nothing keeps ${app} warm`);
      return {
        engine: { ...own, ...processOf(running.pid) },
        daemon: processOf(daemon),
        supervisor: processOf(supervisor.pid),
      };
    },
    async clockAt(rate) {
      writeFileSync(`${folder}/rate.part`, String(rate));
      renameSync(`${folder}/rate.part`, `${folder}/rate`);
      await engine();
    },
  };
}

function recordIn(state: string) {
  const instance = readdirSync(state).find((name) => existsSync(path.join(state, name, "session.json"))) ?? "";
  const record = parseRecord(readFileSync(path.join(state, instance, "session.json"), "utf8"));
  if (!record) throw new Error(`${state}: no session is recorded`);
  return record;
}

const isOf = (app: string, pid: number): boolean =>
  readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`DEVPM_APP=${app}`);

function processOf(pid: number): Record<string, number> {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return {
    MB: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** A sentence for each figure that has grown by more than it may. */
export function grown(before: Held, after: Held): string[] {
  return Object.entries(after).flatMap(([name, now]) =>
    Object.entries(GROWTH).flatMap(([what, allowed]) => {
      const was = before[name]?.[what];
      const is = now[what];
      if (was === undefined || is === undefined || is - was <= allowed) return [];
      return [`${name}: ${what} ${was} → ${is} (${allowed} more are allowed)`];
    }),
  );
}

/** Markdown: a line for each moment. */
export function heldTable(moments: Readonly<Record<string, Held>>): string {
  const columns = [
    ...new Set(
      Object.values(moments).flatMap((held) =>
        Object.entries(held).flatMap(([name, figures]) => Object.keys(figures).map((what) => `${name}: ${what}`)),
      ),
    ),
  ];
  const cells = (held: Held): string[] =>
    columns.map((column) => {
      const [name = "", what = ""] = column.split(": ");
      return String(held[name]?.[what] ?? "");
    });
  return [
    `| | ${columns.join(" | ")} |`,
    `|---|${columns.map(() => "---|").join("")}`,
    ...Object.entries(moments).map(([moment, held]) => `| ${moment} | ${cells(held).join(" | ")} |`),
  ].join("\n");
}
