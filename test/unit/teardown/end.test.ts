import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Receipt } from "../../../src/model/events.ts";
import type { SessionRecord } from "../../../src/model/session-record.ts";
import { files } from "../../../src/system/files/files.ts";
import { endSession, type EndOptions } from "../../../src/teardown/end.ts";
import { endApp } from "../../../src/teardown/end-app.ts";
import { KILL_LIMIT_MS, STRAY_GRACE_MS } from "../../../src/teardown/ladder.ts";
import type { TeardownSystem } from "../../../src/teardown/deps.ts";
import { endedFile, takeEnded } from "../../../src/teardown/ended.ts";
import { sweep, sweepMarked } from "../../../src/teardown/sweep.ts";
import { identitiesOf } from "../../../src/teardown/survey.ts";
import { folderWith } from "../config/outside.ts";
import { machine, type Machine, type Simulated } from "../machine.ts";
import { app, identity, record } from "./sample.ts";

const SELF = 5;
const MARKED = { DEVPM_SESSION: "s1" };

interface Room extends Machine {
  system: TeardownSystem;
  session: SessionRecord;
  /** Runs below PM2's daemon, with the session's mark. */
  run(pid: number, name: string, more?: Partial<Simulated>): Simulated;
}

/** A session with its engine, guardian and daemon, and an app of three seconds' grace. */
function room(more: Partial<SessionRecord> = {}): Room {
  const simulated = machine();
  simulated.start(1, { command: "init", exe: "/sbin/init" });
  simulated.start(SELF, { command: "devpm down" });
  const session = record({ apps: [app("api", [], { graceMs: 3_000, ports: [5050] })], ports: [5050], ...more });
  for (const one of [session.engine, session.sentinel, session.shim, session.daemon]) {
    if (one) simulated.start(one.pid, { env: MARKED, ppid: 20 });
  }
  const system: TeardownSystem = {
    environment: { pid: SELF },
    clock: simulated.clock,
    files,
    processes: simulated.processes,
    ports: simulated.ports,
  };
  return {
    ...simulated,
    system,
    session,
    run: (pid, name, given = {}) =>
      simulated.start(pid, { ppid: 22, env: { ...MARKED, DEVPM_APP: name }, command: `${name} program`, ...given }),
  };
}

const end = ({ system, session }: Room, more: Partial<EndOptions> = {}): Promise<Receipt> =>
  endSession(system, { record: session, ...more });

const stubborn = (signal: NodeJS.Signals): "ends" | "stays" => (signal === "SIGKILL" ? "ends" : "stays");

describe("the end of a session", () => {
  test("everything that carries its mark is asked to stop, and named by its app", async () => {
    const here = room();
    const one = here.run(100, "api");
    here.run(101, "web");
    const receipt = await end(here);
    expect(receipt.ended).toEqual([
      { pid: 100, app: "api", how: "SIGTERM" },
      { pid: 101, app: "web", how: "SIGTERM" },
    ]);
    expect(one.got).toEqual(["SIGTERM"]);
    expect(receipt).toMatchObject({ leftovers: [], spared: [], portsFree: [5050], portsHeld: [] });
  });

  test("PM2's daemon ends last, by SIGKILL; engine, guardian and the caller are not touched", async () => {
    const here = room();
    here.run(100, "api");
    await end(here);
    expect(
      here
        .all()
        .map(({ pid }) => pid)
        .toSorted((a, b) => a - b),
    ).toEqual([1, SELF, 10, 20, 21]);
    for (const { got } of here.all()) expect(got).toEqual([]);
  });

  test("what is not proved ours lives on: no mark, another session's mark, a reused pid", async () => {
    const here = room();
    const others = [
      here.start(200, { env: {} }),
      here.start(201, { env: { DEVPM_SESSION: "s2" } }),
      here.start(202, { env: { DEVPM_SESSION: "s1x" } }),
    ];
    here.session.apps.push(app("old", [203]));
    others.push(here.start(203, { startTime: "later" }));
    await end(here);
    expect(others.flatMap(({ got }) => got)).toEqual([]);
  });

  test("a descendant of a recorded app is ours without a mark", async () => {
    const here = room();
    here.session.apps[0]!.pids.push(identity(300));
    here.start(300, { ppid: 1 });
    here.start(301, { ppid: 300 });
    const { ended } = await end(here);
    expect(ended.map(({ pid, app: name }) => [pid, name])).toEqual([
      [300, "api"],
      [301, "api"],
    ]);
  });

  test("one that ignores SIGTERM is killed when its app's grace is over, not before", async () => {
    const here = room();
    const one = here.run(100, "api", { on: stubborn });
    const { ended, ms } = await end(here);
    expect(one.got).toEqual(["SIGTERM", "SIGKILL"]);
    expect(ended).toEqual([{ pid: 100, app: "api", how: "SIGKILL" }]);
    expect(ms).toBeGreaterThanOrEqual(3_000);
    expect(ms).toBeLessThan(3_300);
  });

  test("what belongs to no app has less time", async () => {
    const here = room();
    here.start(100, { env: MARKED, on: stubborn });
    const { ms, ended } = await end(here);
    expect(ended).toEqual([{ pid: 100, app: "", how: "SIGKILL" }]);
    expect(ms).toBeGreaterThanOrEqual(STRAY_GRACE_MS);
    expect(ms).toBeLessThan(3_000);
  });

  test("in a hurry nothing is asked", async () => {
    const here = room();
    const one = here.run(100, "api", { on: stubborn });
    const { ms } = await end(here, { hurry: AbortSignal.abort() });
    expect(one.got).toEqual(["SIGKILL"]);
    expect(ms).toBeLessThan(500);
  });

  test("what a stubborn app starts while it is being ended is ended too", async () => {
    const here = room();
    let born = 400;
    const hydra = (signal: NodeJS.Signals): "ends" | "stays" => {
      if (born < 405) here.run(born++, "api", { on: hydra });
      return signal === "SIGTERM" || signal === "SIGKILL" ? "ends" : "stays";
    };
    here.run(100, "api", { on: hydra });
    const { ended, leftovers } = await end(here);
    expect(ended.map(({ pid }) => pid)).toEqual([100, 400, 401, 402, 403, 404]);
    expect(leftovers).toEqual([]);
  });

  test("a stopped process is continued, so that it can hear SIGTERM", async () => {
    const here = room();
    const one = here.run(100, "api", { state: "T", on: (signal) => (signal === "SIGCONT" ? "ends" : "stays") });
    await end(here);
    expect(one.got).toEqual(["SIGTERM", "SIGCONT"]);
  });

  test("one that survives SIGKILL is a leftover with its state, and is not waited for longer than the kernel needs", async () => {
    const here = room();
    here.run(100, "api", { state: "D", on: () => "stays" });
    const { leftovers, ended, ms } = await end(here);
    expect(leftovers).toEqual([{ pid: 100, app: "api", command: "api program", reason: "survived SIGKILL, state D" }]);
    expect(ended).toEqual([]);
    expect(ms).toBeLessThan(3_000 + KILL_LIMIT_MS + 500);
  });

  test("one that changed its user cannot be signalled, and is said so without waiting for long", async () => {
    const here = room();
    here.run(100, "api", { denied: true, user: "root" });
    const { leftovers } = await end(here);
    expect(leftovers[0]?.reason).toBe("belongs to another user");
  });

  test("one that ended by itself meanwhile is counted, and a short-lived helper without a name is not", async () => {
    const here = room();
    here.run(100, "api", { on: () => "stays" });
    here.start(101, { env: MARKED, on: () => "stays" });
    const deletePm2Apps = (): Promise<void> => {
      here.end(100);
      here.end(101);
      return Promise.resolve();
    };
    here.session.apps = [app("api", [100], { ports: [] })];
    const { ended } = await end(here, { deletePm2Apps });
    expect(ended.map(({ pid }) => pid)).toEqual([]);
  });
});

describe("what an app opened for its user", () => {
  test.each([
    ["a browser", "/usr/lib/firefox/firefox", "firefox http://localhost:5173"],
    ["an editor", "/usr/bin/code", "code ."],
  ])("%s is left alone, with what runs below it", async (_, exe, command) => {
    const here = room();
    const tool = here.run(100, "web", { exe, command });
    const below = here.run(101, "web", { ppid: 100 });
    const { spared, ended } = await end(here);
    expect([...tool.got, ...below.got]).toEqual([]);
    expect(spared.map(({ pid, app: name }) => [pid, name])).toEqual([
      [100, "web"],
      [101, "web"],
    ]);
    expect(ended).toEqual([]);
  });

  test("a browser that a test drives is a tool of the app, and ends with it", async () => {
    const here = room();
    here.run(100, "web", { exe: "/usr/bin/chromium", command: "chromium --headless --remote-debugging-port=0" });
    expect((await end(here)).ended).toMatchObject([{ pid: 100 }]);
  });

  test("what holds a port of the session is an app, whatever its program is called", async () => {
    const here = room();
    here.run(100, "api", { exe: "/usr/bin/code", command: "code" });
    here.listen(5050, 100);
    expect((await end(here)).ended).toMatchObject([{ pid: 100 }]);
  });
});

describe("PM2", () => {
  test("ends its apps first; they get no second signal while it does", async () => {
    const here = room();
    const one = here.run(100, "api", { on: () => "stays" });
    const deletePm2Apps = (): Promise<void> => Promise.resolve().then(() => here.end(100));
    const { ended } = await end(here, { deletePm2Apps, pm2Signal: "SIGINT" });
    expect(one.got).toEqual([]);
    expect(ended).toEqual([{ pid: 100, app: "api", how: "SIGINT" }]);
  });

  test("that fails is stopped, and its apps are ended directly", async () => {
    const here = room();
    const daemon = here.all().find(({ pid }) => pid === 22)!;
    const one = here.run(100, "api");
    await end(here, { deletePm2Apps: () => Promise.reject(new Error("gone")) });
    expect(daemon.got).toContain("SIGSTOP");
    expect(one.got).toEqual(["SIGTERM"]);
  });

  test("that is stopped already is not asked", async () => {
    const here = room();
    here.start(22, { state: "T", env: MARKED });
    let asked = false;
    await end(here, { deletePm2Apps: () => Promise.resolve((asked = true)) });
    expect(asked).toBe(false);
  });

  test("leaves no socket behind for the next one to find dead", async () => {
    const home = folderWith({ "rpc.sock": "", "pub.sock": "", "pm2.pid": "", other: "" });
    await end(room({ pm2Home: home }));
    expect(["rpc.sock", "pub.sock", "pm2.pid", "other"].filter((name) => existsSync(path.join(home, name)))).toEqual([
      "other",
    ]);
  });
});

describe("the ports of a session", () => {
  test("are named free, or held by what is not ours, which is left alone", async () => {
    const here = room({ ports: [5050, 5173] });
    const other = here.start(900, { command: "nc -l 5173" });
    here.listen(5173, 900);
    const { portsFree, portsHeld } = await end(here);
    expect(portsFree).toEqual([5050]);
    expect(portsHeld).toEqual([{ port: 5173, holder: "pid 900  nc -l 5173" }]);
    expect(other.got).toEqual([]);
  });

  test("of an owner that cannot be seen are held all the same", async () => {
    const here = room();
    here.listen(5050, null);
    expect((await end(here)).portsHeld).toEqual([{ port: 5050, holder: "a process that is invisible to this user" }]);
  });

  test("that only a survivor of ours holds are given to kill-port", async () => {
    const here = room();
    here.run(100, "api", { on: () => "stays" });
    here.listen(5050, 100);
    const { portsFree, leftovers } = await end(here);
    expect(here.killedPorts).toEqual([5050]);
    expect(portsFree).toEqual([5050]);
    expect(leftovers).toEqual([]);
  });
});

describe("the end of one app", () => {
  const endApi = (here: Room, deletePm2App: () => Promise<unknown> = () => Promise.resolve()) =>
    endApp(here.system, { record: here.session, app: "api", graceMs: 3_000, deletePm2App });

  test("takes its processes, and none of another app's", async () => {
    const here = room();
    here.run(100, "api");
    const web = here.run(101, "web");
    const { ended, leftovers } = await endApi(here);
    expect(ended).toEqual([{ pid: 100, app: "api", how: "SIGTERM" }]);
    expect(leftovers).toEqual([]);
    expect(web.got).toEqual([]);
  });

  test("leaves to PM2 what PM2 is ending", async () => {
    const here = room();
    const one = here.run(100, "api", { on: () => "stays" });
    const { ended } = await endApi(here, () => {
      here.end(100);
      return Promise.resolve();
    });
    expect(one.got).toEqual([]);
    expect(ended).toEqual([{ pid: 100, app: "api", how: "SIGTERM" }]);
  });

  test("goes on where PM2 fails, and kills after the grace", async () => {
    const here = room();
    const one = here.run(100, "api", { on: stubborn });
    const { ended } = await endApi(here, () => Promise.reject(new Error("no")));
    expect(one.got).toEqual(["SIGTERM", "SIGKILL"]);
    expect(ended[0]?.how).toBe("SIGKILL");
  });

  test("reports what survives", async () => {
    const here = room();
    here.run(100, "api", { state: "D", on: () => "stays" });
    expect((await endApi(here)).leftovers).toMatchObject([{ pid: 100, reason: "survived SIGKILL, state D" }]);
  });
});

describe("the sweep of a dead session", () => {
  function swept(): Room & { file: string } {
    const here = room();
    const folder = folderWith({});
    const file = path.join(folder, "session.json");
    writeFileSync(file, JSON.stringify(here.session), { mode: 0o600 });
    mkdirSync(path.join(folder, "env/s1"), { recursive: true });
    writeFileSync(path.join(folder, "env/s1/api.sh"), "SECRET=1");
    for (const pid of [10, 20, 21]) here.end(pid);
    return { ...here, file };
  }

  test("ends what it left, and removes its file and its apps' secrets", async () => {
    const here = swept();
    here.run(100, "api");
    const receipt = await sweep(here.system, { record: here.session, recordFile: here.file });
    expect(receipt.ended).toMatchObject([{ pid: 100 }]);
    expect(existsSync(here.file)).toBe(false);
    expect(existsSync(path.join(path.dirname(here.file), "env/s1"))).toBe(false);
  });

  test("leaves the file of a session that has taken its place", async () => {
    const here = swept();
    writeFileSync(here.file, JSON.stringify({ ...here.session, id: "s2" }));
    await sweep(here.system, { record: here.session, recordFile: here.file });
    expect(existsSync(here.file)).toBe(true);
  });

  test("kills an engine that does not answer, and waits for its guardian", async () => {
    const here = swept();
    const engine = here.start(10);
    const sentinel = here.start(21, { on: () => "stays" });
    await sweep(here.system, { record: here.session, recordFile: here.file });
    expect(engine.got).toEqual(["SIGKILL"]);
    expect(sentinel.got).toEqual(["SIGKILL"]);
    expect(here.clock.monotonic()).toBeGreaterThanOrEqual(3_000 + 6_000);
  });

  test("with force waits for no grace", async () => {
    const here = swept();
    here.start(21, { on: stubborn });
    const one = here.run(100, "api", { on: stubborn });
    await sweep(here.system, { record: here.session, recordFile: here.file, force: true });
    expect(one.got).toEqual(["SIGKILL"]);
    expect(here.clock.monotonic()).toBeLessThan(3_000);
  });

  test("does not touch a process that got the dead engine's pid", async () => {
    const here = swept();
    const innocent = here.start(10, { startTime: "later" });
    await sweep(here.system, { record: here.session, recordFile: here.file });
    expect(innocent.got).toEqual([]);
  });

  test("reports what the guardian had ended before, once", async () => {
    const here = swept();
    const before = { id: "s1", receipt: { ended: [{ pid: 77, app: "api", how: "SIGTERM" }] } };
    writeFileSync(endedFile(here.file), JSON.stringify(before), { mode: 0o600 });
    const receipt = await sweep(here.system, { record: here.session, recordFile: here.file });
    expect(receipt.ended[0]?.pid).toBe(77);
    expect(await takeEnded(here.system, here.file)).toBeNull();
  });

  test("does not report what another session's guardian ended, nor half a file", async () => {
    const here = swept();
    for (const text of [JSON.stringify({ id: "s9", receipt: {} }), "{"]) {
      writeFileSync(endedFile(here.file), text, { mode: 0o600 });
      expect(await takeEnded(here.system, here.file, "s1")).toBeNull();
    }
  });

  test("by the mark alone, where its record is lost", async () => {
    const here = swept();
    here.run(100, "api", { ppid: 1 });
    const other = here.start(200, { env: { DEVPM_SESSION: "s2" } });
    const receipt = await sweepMarked(here.system, "s1", [5050]);
    expect(receipt.ended.map(({ pid }) => pid)).toContain(100);
    expect(receipt.portsFree).toEqual([5050]);
    expect(other.got).toEqual([]);
  });
});

test("what a later teardown has to know is every process of the session, by app", () => {
  const here = room();
  here.run(100, "api");
  here.start(101, { ppid: 100 });
  expect(identitiesOf(here.system, here.session).map(({ app: name, identity: { pid } }) => [name, pid])).toEqual([
    ["api", 100],
    ["", 101],
  ]);
});
