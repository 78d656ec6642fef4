import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { type CommandOptions, commands } from "../../src/system/commands.ts";
import { until } from "../rigs/wait.ts";

const env = { PATH: process.env.PATH };
const shell = (line: string, more: Partial<CommandOptions> = {}) =>
  commands.run("/bin/sh", ["-c", line], { env, ...more });

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("what it printed, without the last line end, and how it ended", async () => {
  expect(await shell("echo one; echo two; echo wrong >&2; exit 3")).toEqual({
    exitCode: 3,
    signal: null,
    stdout: "one\ntwo",
    stderr: "wrong",
    failure: null,
    timedOut: false,
  });
  expect(await shell("kill -TERM $$")).toMatchObject({ exitCode: null, signal: "SIGTERM", failure: null });
});

test("nothing is inherited, and the folder is the one that was asked for", async () => {
  const { stdout } = await commands.run("env", [], { env: { PATH: env.PATH, ONLY: "this", NOT: undefined }, cwd: "/" });
  expect(stdout.split("\n").toSorted()).toEqual([`ONLY=this`, `PATH=${env.PATH}`]);
  expect((await shell("pwd", { cwd: "/" })).stdout).toBe("/");
});

test.each([
  ["/nowhere/tool", [], "ENOENT"],
  ["no-such-tool-anywhere", [], "ENOENT"],
  ["/etc/passwd", [], "EACCES"],
  ["echo", ["x".repeat(200_000)], "E2BIG"],
  ["echo", ["a\u0000b"], "ERR_INVALID_ARG_VALUE"],
])("what cannot be started says why: %s", async (file, args, failure) => {
  expect(await commands.run(file, args, { env })).toMatchObject({ exitCode: null, signal: null, failure });
});

test("lines come as they are printed, letters that two chunks share are whole, the last one needs no end", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-commands-"));
  try {
    const seen: [string, string][] = [];
    const gate = path.join(folder, "go on");
    const line = `printf 'first\\r\\n\\303'; until test -e '${gate}'; do :; done; printf '\\274\\nlast'; echo other >&2`;
    const running = shell(line, { onLine: (text, stream) => seen.push([stream, text]) });
    await until("the first line", () => seen.length === 1);
    writeFileSync(gate, "");
    const { stdout } = await running;
    expect(seen.filter(([stream]) => stream === "out").map(([, text]) => text)).toEqual(["first", "ü", "last"]);
    expect(seen).toContainEqual(["err", "other"]);
    expect(stdout).toBe("first\r\nü\nlast");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("input reaches it whole, and one that reads none of it is judged by its exit", async () => {
  const input = "ü\n".repeat(200_000);
  expect((await commands.run("cat", [], { env, input })).stdout).toBe(input.trimEnd());
  expect(await commands.run("true", [], { env, input })).toMatchObject({ exitCode: 0, failure: null });
});

test("it has ended when it has, also where something of it in the background keeps its outputs", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-commands-"));
  const chatty = "while :; do echo more; done & echo $!";
  const quiet = `(until test -e '${folder}/ask'; do sleep 0.05; done; echo late; echo it lives >'${folder}/answer') & echo $!`;
  const pids: number[] = [];
  try {
    for (const [line, exitCode] of [
      [quiet, 0],
      [`${chatty}; exit 3`, 3],
    ] as const) {
      const lines: string[] = [];
      const result = await shell(line, { onLine: (text) => lines.push(text) });
      const [pid, ...rest] = result.stdout.split("\n").filter((text) => !"more".startsWith(text));
      pids.push(Number(pid));
      expect({ exitCode: result.exitCode, rest }).toEqual({ exitCode, rest: [] });
      expect(alive(Number(pid))).toBe(true);
      if (line !== quiet) continue;
      // what it prints later does not end it
      writeFileSync(path.join(folder, "ask"), "");
      await until("its answer", () => existsSync(path.join(folder, "answer")));
      expect(lines).toEqual([pid]);
    }
    const killed = await shell(`sleep 1000 & echo $!; echo $$ >&2; wait`, {
      onLine: (text, stream) => stream === "err" && process.kill(Number(text), "SIGKILL"),
    });
    pids.push(Number(killed.stdout));
    expect(killed).toMatchObject({ exitCode: null, signal: "SIGKILL", timedOut: false });
  } finally {
    for (const pid of pids) if (alive(pid)) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

test("what was printed is read, also where this process was not running when it came", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-commands-"));
  const [ask, done] = [path.join(folder, "ask"), path.join(folder, "done")];
  const background = `until test -e '${ask}'; do sleep 0.02; done; echo late; echo >'${done}'; exec sleep 1000`;
  const pids: number[] = [];
  try {
    const running = shell(`(${background}) & echo $!; echo $$`, { onLine: (text) => pids.push(Number(text)) });
    await until("its end, while its output is held open", () => pids.length === 2 && !alive(pids[1] ?? 0));
    // behind the timers of this turn: the next one begins with those that are due
    await new Promise((resolve) => void setImmediate(resolve));
    const [from, asleep] = [performance.now(), new Int32Array(new SharedArrayBuffer(4))];
    const passed = (ms: number): boolean => performance.now() > from + ms;
    writeFileSync(ask, "");
    while (!passed(1_500) || !(existsSync(done) || passed(60_000))) Atomics.wait(asleep, 0, 0, 20);
    expect((await running).stdout).toBe(`${pids[0]}\n${pids[1]}\nlate`);
  } finally {
    for (const pid of pids) if (alive(pid)) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ["both", "trap '' TERM; sleep 1000 & echo $!; echo $$; wait; wait"],
  ["what is in the background", `sh -c 'trap "" TERM; echo $$; exec sleep 1000' & echo $$; wait`],
])("a signal ends it with all that it started, where %s may ignore SIGTERM", async (_, line) => {
  const pids: number[] = [];
  const stop = new AbortController();
  const running = shell(line, {
    signal: stop.signal,
    onLine: (text) => pids.push(Number(text)),
  });
  await until("both pids", () => pids.length === 2);
  stop.abort();
  await running;
  await until("their end", () => !pids.some(alive));
});

test("one that was to be ended before it began, and one that takes too long", async () => {
  expect(await shell("sleep 1000", { signal: AbortSignal.abort() })).toMatchObject({ signal: "SIGTERM" });
  expect(await shell("exec sleep 1000", { timeoutMs: 50 })).toMatchObject({ signal: "SIGTERM", timedOut: true });
});
