import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import type { Writable } from "node:stream";
import { builtFile } from "../../util/package-files.ts";

/*
 * How the shim (src/teardown/shim.py) is started, and by it PM2's daemon, which waits at its standard input: by early.ts before
 * the command line is loaded, or by a session. Nothing here knows which session it is for, but for its id.
 */

export interface ProgramCommand {
  file: string;
  args: string[];
  /** The whole environment. */
  env: Record<string, string>;
}

/** Nothing of the user's: what they run is in the session's record. */
const BARE = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C" };

/** It needs little: one small heap, no worker threads. */
const SENTINEL = ["--max-semi-space-size=1", "--v8-pool-size=0", "--max-old-space-size=64"];

/**
 * Where its python is looked for first. The system's own: a version manager's shim is a shell script that takes 100 ms and
 * forks.
 */
export const pythonPath = "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin";

const ID_BYTES = 6;

/** Of a new session. From the kernel: to load node:crypto takes 2 ms, for which nothing else can begin. */
export function sessionId(): string {
  const device = openSync("/dev/urandom", "r");
  try {
    const bytes = Buffer.alloc(ID_BYTES);
    readSync(device, bytes);
    return bytes.toString("hex");
  } finally {
    closeSync(device);
  }
}

/** Other sessions find a sentinel by the id. */
export const sentinelOf = ({ node, id }: { node: string; id: string }): ProgramCommand => ({
  file: node,
  args: [...SENTINEL, builtFile("lib/sentinel-main.js"), id],
  env: BARE,
});

/** What PM2's daemon is started with. */
export interface DaemonOptions {
  node: string;
  id: string;
  /** Where it looks for programs. */
  path: string | undefined;
  home: string;
}

/** PM2's own process has no user settings, no secret, and no connection to its vendor. Its PM2_HOME comes when it may begin. */
export const daemonOf = ({ node, id, path = "/usr/bin:/bin", home }: DaemonOptions): ProgramCommand => ({
  file: node,
  args: [builtFile("lib/daemon-main.cjs")],
  env: {
    PATH: path,
    HOME: home,
    PM2_KILL_SIGNAL: "SIGTERM",
    PM2_NO_INTERACTION: "true",
    PM2_DISABLE_VERSION_CHECK: "true",
    DEVPM_SESSION: id,
  },
});

export interface ShimOptions {
  python: string;
  sentinel: ProgramCommand;
  daemon: ProgramCommand;
  /** Where the three print: a descriptor, or nowhere. */
  out: number | "ignore";
}

/** Two lines lead to it, as descriptors 3 and 4: the sentinel's and its own. It has no pid where it could not be started. */
export function spawnShim({ python, sentinel, daemon, out }: ShimOptions): ChildProcess {
  const shim = builtFile("teardown/shim.py");
  const child = spawn(python, ["-I", "-S", "-B", shim, sentinel.file, ...sentinel.args], {
    env: BARE,
    // in a session of its own: Ctrl+C in the terminal is for the engine
    detached: true,
    stdio: ["ignore", out, out, "pipe", "pipe"],
  });
  child.unref();
  child.on("error", () => {}); // it has no pid then
  // one that is gone is known by its line, which closes
  for (const line of child.stdio.slice(3)) line?.on("error", () => {});
  if (child.pid !== undefined) (child.stdio[4] as Writable).write(`${inHex(daemon)}\n`);
  return child;
}

/** As the shim reads it before python has loaded anything that reads JSON. */
function inHex({ file, args, env }: ProgramCommand): string {
  const argv = [file, ...args];
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return Buffer.from([String(argv.length), ...argv, ...variables].join("\0")).toString("hex");
}
