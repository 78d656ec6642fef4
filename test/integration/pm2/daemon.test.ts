import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { StringDecoder } from "node:string_decoder";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { environmentFile } from "../../../src/pm2/environment-file.ts";
import type { Pm2Event } from "../../../src/system/pm2/pm2-relay.ts";
import { pm2, type Pm2App, type Pm2Client } from "../../../src/system/pm2/pm2.ts";
import { builtDevpm } from "../../rigs/devpm.ts";
import { look, processes } from "../../rigs/processes.ts";
import { PYTHON } from "../../rigs/terminal.ts";
import { until } from "../../rigs/wait.ts";

interface Told {
  app: string;
  chunk: string;
}

const home = mkdtempSync(path.join(os.tmpdir(), "dpm-pm2-"));
const project = path.join(home, "project");
const launcher = fileURLToPath(new URL("../../../src/pm2/launch.sh", import.meta.url));
/** Of one stream of one process a character may come in two pieces. */
const decoders = new Map<string, StringDecoder>();
const outputs: Told[] = [];
const events: Pm2Event[] = [];
/** Both, in the order in which they were told. */
const told: (Told | Pm2Event)[] = [];
const saves: string[] = [];
let daemon: ChildProcess;
let client: Pm2Client;

beforeAll(async () => {
  builtDevpm();
  mkdirSync(project);
  for (const name of ["logs", "pids", "modules"]) mkdirSync(path.join(home, "pm2", name), { recursive: true });
  const main = fileURLToPath(new URL("../../../dist/pm2/daemon-main.js", import.meta.url));
  daemon = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, HOME: home, PM2_HOME: path.join(home, "pm2"), PM2_KILL_SIGNAL: "SIGTERM" },
    stdio: "ignore",
    detached: true,
  });
  client = await pm2.connect(path.join(home, "pm2"), 60_000);
  client.read({
    output({ app: name, id, stream, bytes }) {
      const key = `${id} ${stream}`;
      if (!decoders.has(key)) decoders.set(key, new StringDecoder());
      const output = { app: name, chunk: decoders.get(key)!.write(bytes) };
      outputs.push(output);
      told.push(output);
      return null;
    },
    event: (event) => void (events.push(event), told.push(event)),
    saved: ({ path: changed }) => void saves.push(changed),
  });
});

afterAll(async () => {
  for (const { id } of await client.list()) await client.remove(id, 30_000);
  daemon.kill("SIGKILL");
  await client.close();
  rmSync(home, { recursive: true, force: true });
});

const MARK = { DEVPM_SESSION: "mark" };

function app(name: string, argv: string[], more: Partial<Pm2App> = {}): Pm2App {
  const file = path.join(home, `${name}.sh`);
  writeFileSync(file, environmentFile({ ...MARK, PATH: process.env.PATH ?? "", SECRET_KEY: "s3cret", APP: name }));
  return {
    name,
    namespace: "devpm-test",
    script: launcher,
    args: [file, ...argv],
    interpreter: "none",
    cwd: project,
    env: MARK,
    autorestart: false,
    kill_retry_time: 8,
    kill_timeout: 1_000,
    treekill: true,
    vizion: false,
    out_file: "/dev/null",
    error_file: "/dev/null",
    ...more,
  };
}

const said = (name: string): string =>
  outputs
    .filter((output) => output.app === name)
    .map(({ chunk }) => chunk)
    .join("");
const gone = (pid: number): boolean => !readdirSync("/proc").includes(String(pid));

it("the client makes no file of its own beside the daemon's: on a full disk it would print a stack for each", () => {
  const made = readdirSync(path.join(home, "pm2"));
  for (const name of ["touch", "module_conf.json"]) expect(made).not.toContain(name);
});

it("is the PM2 that package.json pins", async () => {
  const { version } = JSON.parse(
    readFileSync(fileURLToPath(new URL("../../../node_modules/pm2/package.json", import.meta.url)), "utf8"),
  ) as { version: string };
  expect(await client.version()).toBe(version);
});

it("gives an app its own environment and none of PM2's, and PM2's process none of the app's", async () => {
  const { pid } = await client.start(app("env", ["sleep", "1000"]));
  const names = () =>
    readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .map((pair) => pair.split("=")[0]!)
      .filter((name) => !["", "PWD", "_", "SHLVL"].includes(name))
      .toSorted();
  // the kernel fills in the two one after the other
  await until(
    "the launcher's last exec",
    () => readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("sleep") && names().length > 0,
  );
  expect(names()).toEqual(["APP", "DEVPM_SESSION", "PATH", "SECRET_KEY"]);
  expect(readFileSync(`/proc/${daemon.pid}/environ`, "utf8")).not.toContain("s3cret");
});

it.each<[string, Partial<Pm2App>, RegExp]>([
  ["a script that is not there", { script: "/no/such/launch.sh" }, /Script not found: \/no\/such\/launch\.sh/],
  ["an interpreter that is not there", { interpreter: "no-such-one" }, /no-such-one is NOT AVAILABLE/],
  ["a value of the wrong kind", { max_memory_restart: {} }, /max_memory_restart/],
  ["a time that is none", { cron_restart: "now and then" }, /Cron pattern error/],
  ["no name for its user", { user: "nobody-of-that-name" }, /nobody-of-that-name cannot be found|run PM2 as root/],
])("%s is refused in PM2's own words, and the daemon goes on", async (_, more, words) => {
  await expect(client.start(app("refused", ["/bin/true"], more))).rejects.toThrow(words);
  expect((await client.list()).map(({ name }) => name)).not.toContain("refused");
  const { id, pid } = await client.start(app("after", ["/bin/sleep", "60"]));
  expect(gone(pid!)).toBe(false);
  await client.remove(id, 30_000);
});

it("keeps letters whole that two chunks share", async () => {
  const script = `const [a, b] = [Buffer.from("東"), Buffer.from("京\\n")];
    process.stdout.write(a.subarray(0, 2));
    setTimeout(() => process.stdout.write(Buffer.concat([a.subarray(2), b])), 50);`;
  await client.start(app("letters", [process.execPath, "-e", script]));
  await until("the second half", () => said("letters").includes("\n"));
  expect(said("letters")).toBe("東京\n");
});

it("leaves to PM2 what its options make of output: dates, JSON, silence, files of its own", async () => {
  const speak = [process.execPath, "-e", `process.stdout.write("東京\\n"); setInterval(() => {}, 1e6)`];
  const file = path.join(home, "own.log");
  await client.start(app("dated", speak, { log_date_format: "[at] YYYY" }));
  await client.start(app("json", speak, { log_type: "json" }));
  await client.start(app("filed", speak, { log_file: file, merge_logs: true }));
  await client.start(app("mute", speak, { disable_logs: true }));
  await client.start(app("plain", speak));
  await until("each of them", () => ["dated", "json", "filed", "plain"].every((name) => said(name).includes("東京")));
  expect(said("dated")).toMatch(/^at \d{4}: 東京\n$/);
  expect(JSON.parse(said("json"))).toMatchObject({ message: "東京\n", type: "out", app_name: "json" });
  expect(said("filed")).toBe("東京\n");
  await until("its own file", () => readFileSync(file, "utf8") === "東京\n");
  expect(said("mute")).toBe("");
});

it("tells many lines together, and each of them", async () => {
  const script = `import time
began = time.monotonic()
for n in range(300):
    print(n, flush=True)
    time.sleep(0.001)
print("took", round((time.monotonic() - began) * 1000), flush=True)`;
  await client.start(app("many", [PYTHON, "-c", script]));
  const [, ms] = await until("the last line", () => /took (\d+)\n/.exec(said("many")));
  expect(said("many")).toBe(`${Array.from({ length: 300 }, (_, n) => `${n}\n`).join("")}took ${ms}\n`);
  // each is followed by a pause of 8 ms; a machine on which that many lines take longer needs no pauses
  expect(outputs.filter((output) => output.app === "many").length).toBeLessThan(Number(ms) / 4 + 3);
});

it("tells what an app says on both streams in its order", async () => {
  // a stream that has just spoken is left unread: what it says next, and the other one at once, has an order to keep
  const fifo = path.join(home, "go");
  execFileSync("mkfifo", [fifo]);
  const go = openSync(fifo, "r+");
  const script = `import os, sys
go = os.open(sys.argv[1], os.O_RDONLY)
for n in range(0, 60, 3):
    first, other = (1, 2) if n % 2 else (2, 1)
    os.write(first, b"%d\\n" % n)
    os.read(go, 1)
    os.write(first, b"%d\\n" % (n + 1))
    os.write(other, b"%d\\n" % (n + 2))
    os.read(go, 1)`;
  await client.start(app("both", [PYTHON, "-c", script, fifo]));
  // not while the daemon is at work: a pause that ends before it hears the other stream is no pause
  const waits = (): boolean => /\) S /.test(readFileSync(`/proc/${daemon.pid}/stat`, "utf8"));
  const has = (n: number): boolean => said("both").split("\n").includes(String(n));
  for (let n = 0; n < 60; n += 3) {
    for (const last of [n, n + 2]) {
      await until(`line ${last}`, () => has(last) && waits(), { everyMs: 1 });
      writeSync(go, "g");
    }
  }
  closeSync(go);
  expect(said("both")).toBe(Array.from({ length: 60 }, (_, n) => `${n}\n`).join(""));
});

it("tells an app's last words before its exit", async () => {
  const script = `import os
for n in range(60):
    os.write(2, b"%d\\n" % n)
os._exit(3)`;
  const names = Array.from({ length: 20 }, (_, at) => `last-${at}`);
  for (const name of names) {
    await client.start(app(name, [PYTHON, "-c", script]));
    const ofIt = (): (Told | Pm2Event)[] => told.filter((one) => one.app === name);
    await until("its exit", () => ofIt().some((one) => "event" in one && one.event === "exit"));
    const exit = ofIt().findIndex((one) => "event" in one && one.event === "exit");
    const before = ofIt().slice(0, exit);
    expect(before.map((one) => ("chunk" in one ? one.chunk : "")).join("")).toBe(
      Array.from({ length: 60 }, (_, n) => `${n}\n`).join(""),
    );
  }
});

it("leaves nothing of an app that is deleted while its watch restarts it, and gives no number twice", async () => {
  const file = path.join(project, "raced.txt");
  writeFileSync(file, "1");
  // slow to end, so that the deletion comes between the two steps of the restart
  const slow = ["sh", "-c", "trap 'sleep 0.4; exit' TERM; echo raced up; while :; do sleep 0.05; done"];
  const first = await client.start(app("raced", slow, { watch: [file], kill_timeout: 5_000 }));
  await until("it to run", () => said("raced").includes("up"));
  const seen = saves.length;
  let n = 1;
  await until("its watch to restart it", () => {
    if (saves.length === seen) writeFileSync(file, String(++n));
    return saves.length > seen;
  });
  await client.remove(first.id, 20_000);
  const again = await client.start(app("raced", slow));
  expect(again.id).toBeGreaterThan(first.id);
  // while the kernel makes it another program it has no command line
  await until("the launcher's last exec", () => look(again.pid!)?.command.startsWith("sh -c"));
  // a child of it looks like it until it runs a program of its own
  const running = processes().filter(
    ({ command, parent }) => command.includes("echo raced up") && parent !== again.pid,
  );
  expect(running.map(({ pid }) => pid)).toEqual([again.pid]);
  await client.remove(again.id, 20_000);
});

it("restarts at a save, names the file, and ends the whole tree of the old process", async () => {
  const file = path.join(project, "watched.txt");
  writeFileSync(file, "1");
  const tree = `sh -c 'sleep 1001 & sleep 1002 & echo $! started; wait' & wait`;
  const { pid, startedAt } = await client.start(app("watched", ["sh", "-c", tree], { watch: [file] }));
  await until("the first process", () => said("watched").includes("started"));
  const grandchild = Number(/(\d+) started/.exec(said("watched"))![1]);
  // the watcher is up some time after PM2 says so: save until it is seen
  const before = saves.length;
  let n = 1;
  await until("the restart", () => {
    if (saves.length === before) writeFileSync(file, String(++n));
    return events.some(
      ({ app: name, event, startedAt: at }) => name === "watched" && event === "online" && at > startedAt,
    );
  });
  expect(path.resolve(project, saves[before]!)).toBe(file);
  await until("the end of the old tree", () => gone(pid!) && gone(grandchild));
  const ending = events.filter(
    ({ app: name, event, startedAt: at }) => name === "watched" && event === "exit" && at === startedAt,
  );
  expect(ending[0]).toMatchObject({ status: "stopping" });
});

it("leaves a crash at one traceback: no restart, and an exit that was not announced", async () => {
  await client.start(app("crash", ["sh", "-c", "echo broken >&2; exit 3"]));
  await until("its exit", () => events.some(({ app: name, event }) => name === "crash" && event === "exit"));
  const exits = events.filter(({ app: name, event }) => name === "crash" && event === "exit");
  expect(exits).toMatchObject([{ status: "stopped", exitCode: 3 }]);
  expect(said("crash")).toBe("broken\n");
});

it("tells of an end by a signal which it was", async () => {
  const { pid } = await client.start(app("killed", ["sleep", "1007"]));
  process.kill(pid!, "SIGKILL");
  await until("its exit", () => events.some(({ app: name, event }) => name === "killed" && event === "exit"));
  const exits = events.filter(({ app: name, event }) => name === "killed" && event === "exit");
  expect(exits).toMatchObject([{ exitCode: null, signal: "SIGKILL" }]);
});

it("deletes by id: an app of another namespace with the same name lives on", async () => {
  const other = await client.start(app("other", ["sleep", "1003"], { namespace: "devpm-other" }));
  const mine = (await client.list()).find(({ name }) => name === "env")!;
  await client.remove(mine.id, 5_000);
  const left = await client.list();
  expect(left.map(({ id }) => id)).not.toContain(mine.id);
  expect(left.map(({ id }) => id)).toContain(other.id);
  expect(gone(mine.pid!)).toBe(true);
  expect(gone(other.pid!)).toBe(false);
});

it("bounds every call: a stopped daemon answers nothing, and none is started in its place", async () => {
  const [any] = await client.list();
  daemon.kill("SIGSTOP");
  await expect(client.remove(any!.id, 300)).rejects.toThrow(/did not answer/);
  daemon.kill("SIGCONT");
  await until("the late answer", async () => !(await client.list()).some(({ id }) => id === any!.id));
});
