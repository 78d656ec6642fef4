import { spawnSync } from "node:child_process";
import { family, withVerbs } from "./common.ts";
import type { ProcessInfo } from "../../model/process.ts";
import type { Usage } from "./types.ts";

/**
 * macOS has no /proc: its own ps and lsof report the same, in tens of milliseconds a call. Written from their manual
 * pages (docs/notes/processes.md names them), not tested on a Mac.
 */
function run(file: string, args: string[]): string {
  // the C locale fixes how lstart is printed: it is compared, and parsed for people
  const result = spawnSync(file, args, { encoding: "utf8", env: { LC_ALL: "C" }, maxBuffer: 64 * 1024 * 1024 });
  return result.stdout ?? "";
}

let boot: string | null = null;
function bootId(): string {
  boot ??= run("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"]).trim();
  return boot;
}

const COLUMNS = "pid=,ppid=,pgid=,state=,lstart=,comm=";

/** `  501     1   501 S+   Sat Nov 22 18:00:01 2025     /usr/bin/python3` */
const ROW = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\d\d:\d\d:\d\d\s+\d{4})\s+(.*)$/;

/** What `ps -o pid=,ppid=,pgid=,state=,lstart=,comm=` prints. */
export function parseRows(text: string, bootOf: string): ProcessInfo[] {
  return text.split("\n").flatMap((line) => {
    const row = ROW.exec(line);
    if (!row) return [];
    const [, pid, ppid, pgid, state, startTime, comm] = row as unknown as string[];
    return [
      {
        pid: Number(pid),
        ppid: Number(ppid),
        pgid: Number(pgid),
        sid: 0,
        state: state!.charAt(0),
        startTime: startTime!.replaceAll(/\s+/g, " "),
        comm: comm!.trim(),
        bootId: bootOf,
      },
    ];
  });
}

/** What `ps -E -o pid=,command=` prints: the command line, then the environment, separated only by blanks. */
export function parseCarriers(text: string, name: string, value: string): number[] {
  const entry = ` ${name}=${value}`;
  return text
    .split("\n")
    .filter((line) => `${line} `.includes(`${entry} `))
    .map((line) => Number.parseInt(line.trim(), 10));
}

function environmentOf(pid: number): string {
  return run("/bin/ps", ["-E", "-ww", "-o", "command=", "-p", String(pid)]).trim();
}

const one = (pid: number, column: string): string | null =>
  run("/bin/ps", ["-ww", "-o", `${column}=`, "-p", String(pid)]).trim() || null;

/** What `ps -o rss=,time=` prints: kilobytes, and CPU time as `[hours:]minutes:seconds`. */
export function parseUsage(text: string): Usage | null {
  const [, kilobytes, time = ""] = /^\s*(\d+)\s+([\d:.]+)\s*$/.exec(text) ?? [];
  if (kilobytes === undefined) return null;
  const seconds = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return { memoryBytes: Number(kilobytes) * 1_024, cpuMs: Math.round(seconds * 1_000) };
}

/** macOS by ps, lsof and sysctl. */
export const darwinProcesses = withVerbs({
  identify(pid) {
    const info = parseRows(run("/bin/ps", ["-o", COLUMNS, "-p", String(pid)]), bootId())[0];
    return !info || info.state === "Z" ? null : { pid, startTime: info.startTime, bootId: info.bootId };
  },
  snapshot: () => parseRows(run("/bin/ps", ["-A", "-ww", "-o", COLUMNS]), bootId()),
  descendants: (pid) => family(pid, parseRows(run("/bin/ps", ["-A", "-ww", "-o", COLUMNS]), bootId())),
  isStopped: (pid) => one(pid, "state")?.startsWith("T") === true,
  carrying: (name, value) => parseCarriers(run("/bin/ps", ["-A", "-E", "-ww", "-o", "pid=,command="]), name, value),
  variable: (pid, name) => new RegExp(` ${name}=(\\S*)`).exec(environmentOf(pid))?.[1] ?? null,
  executable: (pid) => one(pid, "comm"),
  writes: () => false,
  printedOn: () => [],
  written: () => null,
  usage: (pid) => parseUsage(run("/bin/ps", ["-o", "rss=,time=", "-p", String(pid)])),
  describe(pid) {
    const command = one(pid, "command");
    if (command === null) return null;
    const started = one(pid, "lstart");
    const cwd = /^n(.*)$/m.exec(run("/usr/sbin/lsof", ["-a", "-p", String(pid), "-d", "cwd", "-Fn"]))?.[1] ?? null;
    return {
      pid,
      command,
      user: one(pid, "user") ?? "?",
      cwd,
      exe: one(pid, "comm"),
      startedAt: started ? new Date(started) : null,
      container: null,
    };
  },
});
