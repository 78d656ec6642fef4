import { existsSync, readFileSync, readdirSync } from "node:fs";
import { descend, family, withVerbs } from "./common.ts";
import { linkNow } from "../files/files-now.ts";
import { childrenOf } from "./linux-children.ts";
import { slurp } from "./linux-files.ts";
import { filesPrintedOn } from "./linux-pipeline.ts";
import { TICKS_PER_SECOND, usage, writes, bytesWritten } from "./linux-usage.ts";
import type { ProcessInfo } from "../../model/process.ts";
import type { ProcessDescription } from "./types.ts";
import { monotonic } from "../monotonic.ts";

/** The pid namespace belongs to it: another container has the same boot id, the same pids, and other processes. */
let boot: string | null = null;
function bootId(): string {
  boot ??= `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${linkNow("/proc/self/ns/pid") ?? ""}`;
  return boot;
}

function pids(): number[] {
  return readdirSync("/proc")
    .filter((name) => name.charCodeAt(0) >= 48 && name.charCodeAt(0) <= 57)
    .map(Number);
}

/** A kernel may be built without its lists of children (CONFIG_PROC_CHILDREN). */
const listsChildren = (): boolean => existsSync(`/proc/${process.pid}/task/${process.pid}/children`);

/** The line of /proc/<pid>/stat: the name, and the fields from the third on. */
function status(pid: number): { comm: string; fields: string[] } | null {
  const stat = slurp(`/proc/${pid}/stat`);
  if (!stat) return null;
  const text = stat.toString("latin1");
  // the name may itself hold spaces and parentheses: what follows its last ")" is regular
  const close = text.lastIndexOf(")");
  return { comm: text.slice(text.indexOf("(") + 1, close), fields: text.slice(close + 2).split(" ") };
}

function read(pid: number): ProcessInfo | null {
  const stat = status(pid);
  if (!stat) return null;
  const { comm, fields } = stat;
  const threads = Number(fields[17]);
  // a main thread that ended before the others shows as Z although the process runs on
  const state = fields[0] === "Z" && threads > 1 ? "S" : (fields[0] ?? "X");
  return {
    pid,
    startTime: fields[19] ?? "",
    bootId: bootId(),
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    sid: Number(fields[3]),
    state,
    comm,
  };
}

/** How long an execve may take: with 2 MB of environment it is a few milliseconds of work. */
const EXEC_MS = 50;
/** The same where the kernel reports no place for an environment yet: other processes may delay it. */
const CERTAINLY_EXEC_MS = 1_000;

/**
 * A process's environment. Between its old program and its new one (execve) a process shows none, or only what was read of
 * the old one before: it is read until it is complete, or certainly absent.
 */
function environment(pid: number): Buffer | null {
  const began = monotonic();
  let patience = EXEC_MS;
  for (let before = -1, resting = false; ;) {
    const environ = slurp(`/proc/${pid}/environ`);
    if (environ === null || environ.at(-1) === 0) return environ;
    // started with none; or its last NUL is overwritten, as a program does that puts its state there (setproctitle)
    if (environ.length === before && (before > 0 || resting)) return environ;
    if (monotonic() >= began + patience) return environ;
    before = environ.length;
    if (before > 0) continue;
    const stat = status(pid);
    if (!stat || (Number(stat.fields[6]) & PF_KTHREAD) !== 0) return environ;
    patience = stat.fields[48] === "0" ? CERTAINLY_EXEC_MS : EXEC_MS;
    resting = !"RD".includes(stat.fields[0] ?? "X");
  }
}

/** A thread of the kernel, which has no environment. */
const PF_KTHREAD = 0x00200000;

/** Position right after `name=` in a NUL-delimited environment; -1 where it is not set. */
function find(environ: Buffer, name: string): number {
  const wanted = `${name}=`;
  for (let at = environ.indexOf(wanted); at !== -1; at = environ.indexOf(wanted, at + 1)) {
    if (at === 0 || environ[at - 1] === 0) return at + wanted.length;
  }
  return -1;
}

function variable(pid: number, name: string): string | null {
  const environ = environment(pid);
  if (!environ) return null;
  const start = find(environ, name);
  if (start === -1) return null;
  const end = environ.indexOf(0, start);
  return environ.toString("utf8", start, end === -1 ? environ.length : end);
}

function startedAt(startTime: string): Date | null {
  const booted = /^btime (\d+)$/m.exec(slurp("/proc/stat")?.toString("latin1") ?? "");
  return booted ? new Date((Number(booted[1]) + Number(startTime) / TICKS_PER_SECOND) * 1000) : null;
}

function userOf(pid: number): string {
  const uid = /^Uid:\s+(\d+)/m.exec(slurp(`/proc/${pid}/status`)?.toString("latin1") ?? "")?.[1];
  if (uid === undefined) return "?";
  const entry = (slurp("/etc/passwd")?.toString("utf8") ?? "").split("\n").find((line) => line.split(":")[2] === uid);
  return entry?.split(":")[0] ?? uid;
}

function executable(pid: number): string | null {
  // an upgraded program runs on from a deleted file, under its old name
  return linkNow(`/proc/${pid}/exe`)?.replace(/ \(deleted\)$/, "") ?? null;
}

/** Docker, containerd and Podman name the control group of a container after its id: `docker-<id>.scope`, `/docker/<id>`. */
export const containerOf = (cgroup: string): string | null =>
  /(?:docker|containerd|libpod|crio|kubepods)[^\n]*?([0-9a-f]{64})/.exec(cgroup)?.[1] ?? null;

function describe(pid: number): ProcessDescription | null {
  const info = read(pid);
  if (!info) return null;
  const command = (slurp(`/proc/${pid}/cmdline`)?.toString("utf8") ?? "").replaceAll("\0", " ").trim();
  return {
    pid,
    command: command || info.comm,
    user: userOf(pid),
    cwd: linkNow(`/proc/${pid}/cwd`),
    exe: executable(pid),
    startedAt: startedAt(info.startTime),
    container: containerOf(slurp(`/proc/${pid}/cgroup`)?.toString("latin1") ?? ""),
  };
}

/** Linux by /proc: no other program is needed. */
export const linuxProcesses = withVerbs({
  identify(pid) {
    const info = read(pid);
    if (!info || info.state === "Z" || info.state === "X") return null;
    return { pid, startTime: info.startTime, bootId: info.bootId };
  },

  snapshot: () =>
    pids()
      .map(read)
      .filter((info) => info !== null),

  descendants: (pid) =>
    listsChildren()
      ? descend(pid, childrenOf)
      : family(
          pid,
          pids().flatMap((one) => read(one) ?? []),
        ),

  isStopped: (pid) => status(pid)?.fields[0] === "T",

  carrying(name, value) {
    const entry = Buffer.from(`${name}=${value}`);
    return pids().filter((pid) => {
      const environ = environment(pid);
      if (!environ) return false;
      for (let at = environ.indexOf(entry); at !== -1; at = environ.indexOf(entry, at + 1)) {
        const end = at + entry.length;
        if ((at === 0 || environ[at - 1] === 0) && (end === environ.length || environ[end] === 0)) return true;
      }
      return false;
    });
  },

  variable,
  executable,
  describe,
  usage: (pid) => usage(pid, status(pid)?.fields ?? null),
  writes,
  printedOn: (others) => filesPrintedOn([process.pid, ...others], pids),
  written: bytesWritten,
});
