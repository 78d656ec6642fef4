import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { until } from "./wait.ts";

/** One process as the kernel reports it. A pid alone is no identity: `started` is the kernel's start time in ticks. */
export interface Seen {
  pid: number;
  parent: number;
  started: string;
  state: string;
  command: string;
}

/** Every process of a /proc; `proc` is another one's for a look into a namespace from outside. */
export function processes(proc = "/proc"): Seen[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => look(Number(name), proc) ?? []);
}

export function look(pid: number, proc = "/proc"): Seen | null {
  try {
    const stat = readFileSync(`${proc}/${pid}/stat`, "latin1");
    // the name stands in brackets and may hold anything, brackets too
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const words = readFileSync(`${proc}/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    return {
      pid,
      parent: Number(fields[1]),
      started: fields[19] ?? "",
      state: fields[0] ?? "",
      command: words || `[${name}]`,
    };
  } catch {
    return null;
  }
}

/** The very process is there, and is no zombie. */
export function alive(seen: Pick<Seen, "pid" | "started">, proc = "/proc"): boolean {
  const now = look(seen.pid, proc);
  return now !== null && now.started === seen.started && now.state !== "Z";
}

/** Processes that have `needle` in their environment, command line or working folder: also orphans, also detached. */
export function processesOf(needle: string, proc = "/proc"): Seen[] {
  return processes(proc).filter((seen) => {
    if (seen.pid === process.pid || seen.state === "Z") return false;
    return seen.command.includes(needle) || touches(`${proc}/${seen.pid}`, needle);
  });
}

function touches(folder: string, needle: string): boolean {
  try {
    if (readFileSync(`${folder}/environ`, "utf8").includes(needle)) return true;
    const cwd = readlinkSync(`${folder}/cwd`);
    return cwd === needle || cwd.startsWith(`${needle}/`);
  } catch {
    return false;
  }
}

export const gone = (seen: Pick<Seen, "pid" | "started">, deadlineMs?: number): Promise<true> =>
  until(`the end of pid ${seen.pid}`, () => !alive(seen), deadlineMs === undefined ? {} : { deadlineMs }).then(
    () => true,
  );

/** The shim is the sentinel's child, of the same program: until the engine is gone both are python. */
export function guardsAmong(list: readonly Seen[]): { sentinel: Seen; shim: Seen } | null {
  const guards = list.filter(({ command }) => command.includes("shim.py"));
  const shim = guards.find(({ parent }) => guards.some(({ pid }) => pid === parent));
  const sentinel = guards.find(({ pid }) => pid === shim?.parent);
  return sentinel && shim ? { sentinel, shim } : null;
}

/** A readable tree of the given processes: what a failure shows. */
export function tree(list: readonly Seen[]): string {
  const pids = new Set(list.map((seen) => seen.pid));
  const branch = (seen: Seen, depth: number): string[] => [
    `${"  ".repeat(depth)}${seen.pid} (parent ${seen.parent}, ${seen.state}) ${seen.command}`,
    ...list.filter((other) => other.parent === seen.pid).flatMap((other) => branch(other, depth + 1)),
  ];
  return list
    .filter((seen) => !pids.has(seen.parent))
    .flatMap((seen) => branch(seen, 1))
    .join("\n");
}
