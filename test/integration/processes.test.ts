import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, describe, expect, test } from "vitest";
import { processes } from "../../src/system/processes/processes.ts";

import { look as lookAt } from "../rigs/processes.ts";
import { PYTHON } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";
import { DIST, readyDist } from "./teardown-rig.ts";

const env = { PATH: "/usr/bin:/bin" };

/** A child that says "up" when it is where it should be; ended with its test. */
async function start(
  ctx: TestContext,
  file: string,
  args: string[],
  more: Record<string, string> = {},
): Promise<ChildProcess & { pid: number }> {
  const child = spawn(file, args, {
    env: { ...env, ...more },
    cwd: "/usr",
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  ctx.onTestFinished(() => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // it has ended
    }
  });
  await once(child.stdout, "data");
  return child as ChildProcess & { pid: number };
}

const sh = (ctx: TestContext, script: string, more?: Record<string, string>) =>
  start(ctx, "/bin/sh", ["-c", script], more);

test("a process is who it is until it ends", async (ctx) => {
  const child = await sh(ctx, "echo up; exec sleep 88");
  const identity = processes.identify(child.pid)!;
  expect(identity.pid).toBe(child.pid);
  expect(processes.alive(identity)).toBe(true);
  expect(processes.alive({ ...identity, startTime: "1" })).toBe(false);
  expect(processes.alive({ ...identity, bootId: "another boot" })).toBe(false);
  expect(processes.signal(identity, "SIGKILL")).toBe("sent");
  expect(await processes.waitGone([identity], 60_000)).toEqual([]);
  expect(processes.signal(identity, "SIGKILL")).toBe("gone");
  expect(processes.identify(child.pid)).toBeNull();
});

test("a pid with another start time is never signalled", async (ctx) => {
  const child = await sh(ctx, "echo up; exec sleep 88");
  const recycled = { ...processes.identify(child.pid)!, startTime: "1" };
  expect(processes.signal(recycled, "SIGKILL")).toBe("gone");
  expect(processes.identify(child.pid)).not.toBeNull();
});

test("a defunct process is gone, one whose main thread ended is not", async (ctx) => {
  const defunct = await start(ctx, PYTHON, [
    "-c",
    `import os,time
p=os.fork()
if p==0: os._exit(0)
os.waitid(os.P_PID, p, os.WEXITED | os.WNOWAIT)
print(p,flush=True)
time.sleep(88)`,
  ]);
  const child = processes.snapshot().find((info) => info.ppid === defunct.pid)!;
  expect(child.state).toBe("Z");
  expect(processes.identify(child.pid)).toBeNull();
  const headless = await start(ctx, PYTHON, [
    "-c",
    `import ctypes,threading,time
threading.Thread(target=lambda: (print('up',flush=True), time.sleep(88))).start()
ctypes.CDLL(None).pthread_exit(None)`,
  ]);
  await until("the end of its main thread", () => lookAt(headless.pid)?.state === "Z");
  expect(processes.identify(headless.pid)).not.toBeNull();
});

test("names that hold brackets and blanks are read right", async (ctx) => {
  const child = await start(ctx, PYTHON, [
    "-c",
    "import time\nopen('/proc/self/comm','w').write('a) R 1 1 (b')\nprint('up',flush=True)\ntime.sleep(88)",
  ]);
  expect(processes.snapshot().find((info) => info.pid === child.pid)).toMatchObject({
    comm: "a) R 1 1 (b",
    ppid: process.pid,
    pgid: child.pid,
    sid: child.pid,
  });
});

describe("the mark", () => {
  test("is found in full, not as part of another value or name", async (ctx) => {
    const exact = await sh(ctx, "echo up; exec sleep 88", { DEVPM_TEST: "s1" });
    const longer = await sh(ctx, "echo up; exec sleep 88", { DEVPM_TEST: "s12" });
    const named = await sh(ctx, "echo up; exec sleep 88", { XDEVPM_TEST: "s1" });
    const inside = await sh(ctx, "echo up; exec sleep 88", { OTHER: "DEVPM_TEST=s1" });
    const found = processes.carrying("DEVPM_TEST", "s1");
    expect(found).toContain(exact.pid);
    for (const other of [longer, named, inside]) expect(found).not.toContain(other.pid);
    expect(processes.variable(longer.pid, "DEVPM_TEST")).toBe("s12");
    expect(processes.variable(named.pid, "DEVPM_TEST")).toBeNull();
  });

  const many = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`BIG${at}`, "x".repeat(100_000)]));

  test("is found behind a huge environment", async (ctx) => {
    const child = await sh(ctx, "echo up; exec sleep 88", { ...many, DEVPM_TEST: "big" });
    expect(processes.carrying("DEVPM_TEST", "big")).toEqual([child.pid]);
  });

  test("is found while the process becomes another program", async (ctx) => {
    const script = 'echo up; again=$0; exec /bin/sh -c "$again" "$again"';
    const child = await start(ctx, "/bin/sh", ["-c", script, script], { ...many, DEVPM_TEST: "exec" });
    child.stdout!.resume();
    for (let look = 1; look <= 200; look++) {
      expect(processes.carrying("DEVPM_TEST", "exec"), `look ${look}`).toEqual([child.pid]);
    }
  });
});

test("who it is, for people", async (ctx) => {
  const before = Date.now();
  const child = await sh(ctx, "echo up; exec sleep 88");
  const after = Date.now();
  await until("exec", () => processes.describe(child.pid)?.command === "sleep 88");
  const described = processes.describe(child.pid)!;
  expect(described).toMatchObject({ pid: child.pid, command: "sleep 88", user: "root", cwd: "/usr" });
  expect(described.exe).toMatch(/\/(sleep|coreutils)$/);
  // the kernel counts in hundredths, and the boot's time is known in seconds
  expect(described.startedAt!.getTime()).toBeGreaterThan(before - 5_000);
  expect(described.startedAt!.getTime()).toBeLessThan(after + 5_000);
});

describe("a group", () => {
  test("is signalled in one stroke where every live member is named", async (ctx) => {
    const child = await sh(ctx, "sleep 87 & sleep 87 & echo up; wait");
    const members = processes.snapshot().filter((info) => info.pgid === child.pid);
    expect(members.length).toBe(3);
    expect(processes.signalGroup(child.pid, members.slice(1), "SIGKILL")).toBe("refused");
    expect(members.every(processes.alive)).toBe(true);
    expect(processes.signalGroup(child.pid, members, "SIGKILL")).toBe("sent");
    expect(await processes.waitGone(members, 60_000)).toEqual([]);
    expect(processes.signalGroup(child.pid, members, "SIGKILL")).toBe("gone");
  });

  test("0, 1 and below are never one", () => {
    for (const pgid of [1, 0, -1, -2])
      expect(processes.signalGroup(pgid, processes.snapshot(), "SIGCONT")).toBe("refused");
  });
});

test("the tree: the process and its live descendants, parents first, without the ps that looked", async (ctx) => {
  const child = await sh(ctx, "(sleep 87 & wait) & echo up; wait");
  // the inner sh is there before it has become sleep
  const tree = await until("the whole tree", async () => {
    const seen = await processes.tree(child.pid);
    return seen.map((info) => info.comm).join() === "sh,sh,sleep" ? seen : null;
  });
  expect(tree[0]?.pid).toBe(child.pid);
  process.kill(-child.pid, "SIGKILL");
  await until("its end", () => processes.identify(child.pid) === null);
  expect(await processes.tree(child.pid)).toEqual([]);
});

test("what we print is found in the files that end the pipeline, and not in those that a reader has open besides", async (ctx) => {
  ctx.skip(process.platform !== "linux", "Linux's /proc shows it");
  readyDist();
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-pipeline-"));
  ctx.onTestFinished(() => rmSync(folder, { recursive: true }));
  // until all programs of the pipeline have begun
  const look = `
    import(${JSON.stringify(path.join(DIST, "system/processes/processes.js"))}).then(async ({ processes }) => {
      let found = [];
      while (!["copied", "printed"].every((name) => found.some((file) => file.endsWith(name + ".txt")))) {
        await new Promise((over) => setTimeout(over, 10));
        found = processes.printedOn([]);
      }
      console.error(JSON.stringify(found.filter((file) => file.startsWith(process.cwd())).sort()));
    });`;
  const line = `"$0" -e "$1" 2>found.json | tee copied.txt | sh -c 'exec cat >printed.txt 5>own.txt'`;
  const shell = spawn("/bin/sh", ["-c", line, process.execPath, look], {
    env,
    cwd: folder,
    detached: true,
    stdio: "ignore",
  });
  ctx.onTestFinished(() => void (shell.exitCode === null && process.kill(-shell.pid!, "SIGKILL")));
  await once(shell, "close");
  const files = ["copied.txt", "printed.txt"].map((name) => path.join(realpathSync(folder), name));
  expect(JSON.parse(readFileSync(path.join(folder, "found.json"), "utf8"))).toEqual(files);
});

test("waiting ends at the deadline and when aborted, and names who is still there", async (ctx) => {
  const child = await sh(ctx, "echo up; exec sleep 88");
  const identity = processes.identify(child.pid)!;
  expect(await processes.waitGone([identity], 30)).toEqual([identity]);
  expect(await processes.waitGone([identity], 60_000, AbortSignal.abort())).toEqual([identity]);
});

test("a process with all below it: children of any thread, and those that left the session", async (ctx) => {
  const program = `
import os, subprocess, sys, threading, time
threading.Thread(target=lambda: print(subprocess.Popen(["/bin/sh", "-c", "echo up; exec sleep 88"]).pid, flush=True)).start()
print(subprocess.Popen(["/bin/sleep", "88"], start_new_session=True).pid, flush=True)
time.sleep(88)
`;
  const child = await start(ctx, PYTHON, ["-c", program]);
  const started = await until("two children", () => {
    const below = processes.descendants(child.pid);
    return below.length === 3 ? below : null;
  });
  ctx.onTestFinished(() => started.slice(1).forEach((pid) => process.kill(pid, "SIGKILL")));
  expect(started[0]).toBe(child.pid);
  expect(new Set(started.slice(1))).toEqual(
    new Set(
      processes
        .snapshot()
        .filter(({ ppid }) => ppid === child.pid)
        .map(({ pid }) => pid),
    ),
  );
  expect(processes.descendants(2 ** 22 - 1)).toEqual([2 ** 22 - 1]);
});
