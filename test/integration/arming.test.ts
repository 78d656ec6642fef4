import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { clock } from "../../src/system/clock.ts";
import { helpers } from "../../src/system/processes/helpers.ts";
import { processes } from "../../src/system/processes/processes.ts";
import { dropShim, startShim } from "../../src/teardown/started-shim.ts";
import { PYTHON } from "../rigs/terminal.ts";
import { until } from "../rigs/wait.ts";
import { DIST, readyDist, startEngine } from "./teardown-rig.ts";

const sleep = "sleep 4321";
/** Only a subreaper finds it: it has neither our mark nor a parent of ours. */
const getsAway = `(env -i setsid ${sleep} &); exec tail -f /dev/null`;

function folderOfTest(name = "arming"): string {
  const folder = mkdtempSync(path.join(tmpdir(), `devpm-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A python that is killed the first times it is started: as many as there are letters in the file beside it. */
function killedFirst(times: number): string {
  const folder = folderOfTest();
  const python = path.join(folder, "python3");
  const count = path.join(folder, "count");
  const script = `[ "$(wc -c <${count})" -ge ${times} ] || { printf x >>${count}; kill -9 $$; }`;
  writeFileSync(count, "");
  writeFileSync(python, `#!/bin/sh\n${script}\nexec ${PYTHON} "$@"\n`, { mode: 0o755 });
  return python;
}

test("one that does not start at all leaves the session to the sentinel", async (ctx) => {
  const engine = await startEngine(ctx, { apps: [{ name: "a", command: `exec ${sleep}` }], python: killedFirst(100) });
  expect((await engine.armed()).proof).toBe("scan");
  expect(engine.inside.output().match(/^cleared/gm)).toHaveLength(2);
  engine.namespace.kill(engine.pid, "SIGINT");
  await engine.ended();
  await engine.nothingLeft();
});

/** A python whose sentinel is hit by this signal before it is armed, the first time that it is started. */
function sentinelHit(signal: "SIGKILL" | "SIGSTOP"): string {
  const folder = folderOfTest();
  const [python, struck] = [path.join(folder, "python3"), path.join(folder, "struck")];
  for (const name of readdirSync(path.join(DIST, "teardown")).filter((one) => one.endsWith(".py")))
    copyFileSync(path.join(DIST, "teardown", name), path.join(folder, name));
  const hit = `import os, signal\nif not os.path.exists("${struck}"):\n    open("${struck}", "w").close()\n    os.kill(os.getpid(), signal.${signal})\n`;
  const lifeline = path.join(folder, "shim_lifeline.py");
  writeFileSync(lifeline, hit + readFileSync(lifeline, "utf8"));
  writeFileSync(python, `#!/bin/sh\nshift 4\nexec ${PYTHON} -I -S -B ${folder}/shim.py "$@"\n`, { mode: 0o755 });
  return python;
}

test.for([
  ["shim", () => killedFirst(1)],
  ["sentinel", () => sentinelHit("SIGKILL")],
] as const)(
  "a %s that is killed while it starts is started again: the session is guarded in full",
  async ([, python], ctx) => {
    readyDist();
    const engine = await startEngine(ctx, { apps: [{ name: "a", command: getsAway }], python: python() });
    expect((await engine.armed()).proof).toBe("subreaper");
    expect(engine.inside.output().match(/^cleared/gm)).toHaveLength(1);
    await engine.running(sleep);
    engine.namespace.kill(engine.pid, "SIGKILL");
    await engine.nothingLeft();
  },
);

test("one that hangs is not: where its daemon has run, what that left is removed first", async (ctx) => {
  readyDist();
  const python = sentinelHit("SIGSTOP");
  const engine = await startEngine(ctx, { apps: [{ name: "a", command: `exec ${sleep}` }], python });
  expect((await engine.armed()).proof).toBe("scan");
  expect(engine.inside.output().match(/^cleared/gm)).toHaveLength(1);
  await engine.running(sleep);
  engine.namespace.kill(engine.pid, "SIGKILL");
  await engine.nothingLeft();
});

// two writes of the engine: it may be killed between them
test("an engine that ends before it has sent the rest leaves no daemon", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  const folder = folderOfTest();
  const pidFile = path.join(folder, "pid");
  const script = `echo $$ >${pidFile}.new && mv ${pidFile}.new ${pidFile}; exec ${sleep}`;
  const env = { PATH: "/usr/bin:/bin", WORD: "a=b \u00fc" };
  const daemon = { file: "/bin/sh", args: ["-c", script], env };
  const logFile = path.join(folder, "log");
  const helper = helpers.startShim({ python: PYTHON, node: process.execPath, id: "s1", daemon, logFile });
  const [toSentinel, toShim] = helper?.lines ?? [];
  onTestFinished(() => [toSentinel, toShim].forEach((line) => line?.close()));
  const reported = new Promise<unknown>((resolve) => toShim?.onMessage(resolve));
  await until("the daemon to run", () => existsSync(pidFile));
  const running = processes.identify(Number(readFileSync(pidFile, "utf8")))!;
  onTestFinished(() => void processes.signal(running, "SIGKILL"));
  // while the kernel makes it another program it has no variables
  await until("its variable", () => processes.variable(running.pid, "WORD") === env.WORD);
  // should the shim be killed from now on, the engine knows what it has to end
  expect(await reported).toEqual({ daemon: running.pid });
  toShim?.close();
  toSentinel?.close();
  await until("the daemon to be gone", () => !processes.alive(running));
});

test("a shim whose session is over as soon as it is guarded releases it", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  const folder = folderOfTest();
  const daemon = { file: "/bin/sh", args: ["-c", `exec ${sleep}`], env: { PATH: "/usr/bin:/bin" } };
  const logFile = path.join(folder, "log");
  const helper = helpers.startShim({ python: PYTHON, node: process.execPath, id: "s1", daemon, logFile });
  const [toSentinel, toShim] = helper?.lines ?? [];
  onTestFinished(() => [toSentinel, toShim].forEach((line) => line?.close()));
  const released = new Promise<unknown>((resolve) =>
    toShim?.onMessage((message) => "released" in message && resolve(message.released)),
  );
  const spared = { programs: [], browsers: [], driven: [] };
  const recordFile = path.join(folder, "session.json");
  // all that it is ever sent comes at once
  toShim?.send({ place: "/" });
  toShim?.send({ id: "s1", logFile, recordFile, graceMs: 1_000, spared, ports: [], traces: [] });
  toShim?.send({ release: true });
  expect(await released).toEqual({ echild: true, left: [] });
});

test("a shim that boots before there is a session, and drops without one, leaves nothing and begins nothing", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  const folder = folderOfTest();
  const begun = path.join(folder, "begun");
  const early = startShim(
    { helpers, processes },
    {
      python: PYTHON,
      node: process.execPath,
      record: { id: "s1" },
      daemon: {
        file: "/bin/sh",
        args: ["-c", `read opened && touch ${begun}; exec ${sleep}`],
        env: { PATH: "/usr/bin:/bin" },
      },
      place: { logFile: path.join(folder, "log") },
    },
  );
  if (early === null) expect.fail("no shim was started");
  const parts = () => [early.sentinel, early.daemon()].map((one) => one !== null && processes.alive(one));
  await until("the daemon's node boots", () => early.daemon() !== null);
  expect(parts()).toEqual([true, true]);
  await dropShim({ clock, processes }, early);
  await until("both are gone", () => !parts().includes(true));
  expect(existsSync(begun)).toBe(false);
});

test("a sentinel that runs before there is a session prints to the log of that which it is to guard", async (ctx) => {
  ctx.skip(process.platform !== "linux", "it is started without a session on Linux alone");
  const folder = folderOfTest();
  const { file, args, env } = helpers.guardian.sentinelOf({ node: process.execPath, id: "s1" });
  const sentinel = helpers.start(file, args, { env, lines: 1 });
  if (sentinel === null) expect.fail("no sentinel was started");
  const [line] = sentinel.lines;
  onTestFinished(() => line?.close());
  const logFile = path.join(folder, "log");
  const printsTo = () => [1, 2].map((descriptor) => readlinkSync(`/proc/${sentinel.pid}/fd/${descriptor}`));
  expect(printsTo()).toEqual(["/dev/null", "/dev/null"]);
  line?.send({ record: { id: "s1" }, arm: path.join(folder, "session.json"), logFile });
  await until("it prints there", () => printsTo().every((target) => target === logFile));
  line?.send({ release: true });
  expect(await sentinel.exited).toBe(0);
});

test("the sentinel stays the python that it is, however often the record changes, and ends when it is released", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  const folder = folderOfTest();
  const logFile = path.join(folder, "log");
  const daemon = { file: "/bin/sh", args: ["-c", "cat"], env: { PATH: "/usr/bin:/bin" } };
  const options = { python: PYTHON, node: process.execPath, record: { id: "s1" }, daemon, place: { logFile } };
  const early = startShim({ helpers, processes }, options);
  if (early === null) expect.fail("no shim was started");
  const { sentinel, toSentinel, toShim } = early;
  onTestFinished(() => [toSentinel, toShim].forEach((line) => line.close()));
  await early.armed;
  const program = (): string => readlinkSync(`/proc/${sentinel!.pid}/exe`);
  const before = program();
  const arm = path.join(folder, "session.json");
  // four times what the line holds
  for (let n = 0; n < 1_000; n++) {
    toSentinel.send({ record: { id: "s1", n, padding: "x".repeat(1_000) }, arm, logFile });
    if (toSentinel.waiting > 0) await toSentinel.flushed();
  }
  expect(program()).toBe(before);
  toSentinel.send({ release: true });
  await until("it has ended", () => !processes.alive(sentinel!));
  toShim.close();
});

test("where the sentinel's node is gone when the engine is, the shim ends the session", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  const folder = folderOfTest();
  const [logFile, recordFile] = [path.join(folder, "log"), path.join(folder, "session.json")];
  writeFileSync(recordFile, JSON.stringify({ id: "s1" }));
  const daemon = { file: "/bin/sh", args: ["-c", `cat; ${sleep} & wait`], env: { PATH: "/usr/bin:/bin" } };
  const options = { python: PYTHON, node: path.join(folder, "node"), record: { id: "s1" }, daemon, place: { logFile } };
  const early = startShim({ helpers, processes }, options);
  if (early === null) expect.fail("no shim was started");
  const { sentinel, toSentinel, toShim } = early;
  toSentinel.send({ record: { id: "s1" }, arm: recordFile, logFile });
  const spared = { programs: [], browsers: [], driven: [] };
  for (const line of [
    { logFile, env: {} },
    { id: "s1", recordFile, traces: [], logFile, graceMs: 100, ports: [], spared },
  ])
    toShim.send(line);
  const shim = processes.identify(Number((await early.started)?.["shim"]))!;
  const daemonNow = early.daemon()!;
  for (const line of [toSentinel, toShim]) line.close();
  const parts = [sentinel!, shim, daemonNow];
  await until("all to be gone", () => parts.every((part) => !processes.alive(part)));
  expect(existsSync(recordFile)).toBe(false);
});

test("where the sentinel cannot read the record, the shim ends the session, and asks first", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  const folder = folderOfTest();
  const [logFile, recordFile] = [path.join(folder, "log"), path.join(folder, "session.json")];
  const [up, asked] = [path.join(folder, "up"), path.join(folder, "asked")];
  const app = `trap 'touch ${asked}; exit' TERM; touch ${up}; while :; do sleep 0.05; done`;
  const daemon = { file: "/bin/sh", args: ["-c", `cat; (${app}) & wait`], env: { PATH: "/usr/bin:/bin" } };
  const options = { python: PYTHON, node: process.execPath, record: { id: "s1" }, daemon, place: { logFile } };
  const early = startShim({ helpers, processes }, options);
  if (early === null) expect.fail("no shim was started");
  const { sentinel, toSentinel, toShim } = early;
  toSentinel.send({ record: { id: "s1", version: 2 }, arm: recordFile, logFile });
  const spared = { programs: [], browsers: [], driven: [] };
  const config = { id: "s1", recordFile, traces: [], logFile, graceMs: 10_000, ports: [], spared };
  for (const line of [{ logFile, env: {} }, config]) toShim.send(line);
  const shim = processes.identify(Number((await early.started)?.["shim"]))!;
  await until("the app to run", () => existsSync(up));
  const parts = [sentinel!, shim, early.daemon()!];
  for (const line of [toSentinel, toShim]) line.close();
  await until("all to be gone", () => parts.every((part) => !processes.alive(part)));
  expect(existsSync(asked)).toBe(true);
});

test("a daemon that ends before its session is guarded is reported, and the shim stays", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  const folder = folderOfTest();
  const daemon = { file: "/bin/false", args: [], env: { PATH: "/usr/bin:/bin" } };
  const logFile = path.join(folder, "log");
  const options = { python: PYTHON, node: process.execPath, record: { id: "s1" }, daemon, place: { logFile } };
  const early = startShim({ helpers, processes }, options);
  if (early === null) expect.fail("no shim was started");
  onTestFinished(() => [early.toSentinel, early.toShim].forEach((line) => line.close()));
  const { pid } = await new Promise<{ pid: number }>((resolve) =>
    early.toShim.onMessage((message) => resolve({ pid: Number(message.daemon) })),
  );
  await until("it has ended", () => processes.identify(pid) === null);
  const reports: unknown[] = [];
  early.toShim.onMessage((message) => reports.push(message));
  const recordFile = path.join(folder, "session.json");
  const config = { id: "s1", recordFile, logFile, graceMs: 100, ports: [], spared: {} };
  for (const line of [{ logFile, env: {} }, config]) early.toShim.send(line);
  await until("its end is reported", () => reports.length > 1);
  expect(reports).toEqual([{ shim: expect.any(Number) as number, daemon: pid }, { died: "daemon" }]);
  early.toShim.send({ release: true });
  await early.toShim.closed;
});

test("a log whose name a Python without UTF-8 cannot say does not end the guard", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  const folder = folderOfTest("josé");
  const ascii = path.join(folder, "python3");
  // as Python 3.6 is where the locale is C
  writeFileSync(ascii, `#!/bin/sh\nexec ${PYTHON} -X utf8=0 "$@"\n`, { mode: 0o755 });
  const logFile = path.join(folder, "log");
  const recordFile = path.join(folder, "session.json");
  const daemon = { file: "/bin/sh", args: ["-c", "cat; sleep 1000"], env: { PATH: "/usr/bin:/bin" } };
  const early = startShim(
    { helpers, processes },
    { python: ascii, node: process.execPath, record: { id: "s1" }, daemon, place: { logFile: devNull } },
  );
  if (early === null) expect.fail("no shim was started");
  onTestFinished(() => [early.toSentinel, early.toShim].forEach((line) => line.close()));
  const config = { id: "s1", recordFile, logFile, graceMs: 100, ports: [], spared: { programs: [], browsers: [] } };
  for (const line of [{ logFile, env: {} }, config]) early.toShim.send(line);
  await until("it prints to the log", () => existsSync(logFile));
  const answer = new Promise<unknown>((resolve) => {
    early.toShim.onMessage(({ released }) => released !== undefined && resolve(released));
  });
  early.toShim.send({ release: true });
  expect(await answer).toEqual({ echild: true, left: [] });
  await early.toShim.closed;
});
