import { getEventListeners } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { App, Task } from "../../../src/model/project.ts";
import type { Apps } from "../../../src/session/apps/apps.ts";
import { byName } from "../../../src/session/control/by-name.ts";
import type { ControlOptions } from "../../../src/session/control/options.ts";
import { initialModel, reduce } from "../../../src/session/session-model.ts";
import { createStop } from "../../../src/session/stop.ts";
import { takeClaims } from "../../../src/preflight/ports/claim-store.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { app as recorded } from "../teardown/sample.ts";
import { lockOf, sessionRoom } from "./session-room.ts";

/** There on every machine. */
const command = { argv: ["/bin/sh"], shell: false as const };
const api = sampleApp({ command, name: "api", port: 5050, dependsOn: { apps: [], services: [], tasks: ["migrate"] } });
const web = sampleApp({
  command,
  name: "web",
  port: 5173,
  ports: [9229],
  dependsOn: { apps: ["api"], services: [], tasks: [] },
});
const migrate: Task = {
  ...sampleApp({ command, name: "migrate" }),
  kind: "task",
  inputs: [],
  output: null,
  port: null,
};

/** A session of two apps and a task, whose parts note what they are asked for. */
function session({ off = [] as string[], starting = false } = {}) {
  const room = sessionRoom({}, { docker: { connect: () => Promise.resolve({ ok: false }) } as never });
  room.simulated.start(10);
  const apps: App[] = [api, web].map((app) => ({ ...app, start: !off.includes(app.name) }));
  const task = { ...migrate, start: !off.includes("migrate") };
  const project = { ...sampleProject(apps), tasks: [task], groups: { all: ["api", "web"], jobs: ["migrate"] } };
  let model = initialModel(project);
  room.stream.subscribe((event) => (model = reduce(model, event)));
  const lock = lockOf({ apps: [recorded("api", []), recorded("web", [])] });
  const stop = createStop();
  const calls: string[] = [];
  const here = {
    ready: new Set(["api", "web", "migrate"]),
    configured: !starting,
    /** The app "web" waits for "api". */
    awaited: true,
    /** What comes of a start, a while after it. */
    outcomes: new Map<string, SessionEvent>(),
  };
  const begins = (call: string, name: string): void => {
    calls.push(call);
    const event = here.outcomes.get(name);
    if (event) room.clock.at(room.clock.monotonic() + 100, () => room.stream.emit(event));
  };
  const isOn = (name: string): boolean => !off.includes(name);
  const fake = {
    isOn: (name: string) => name !== "migrate" && isOn(name),
    awaitedBy: (name: string) => (here.awaited && name === "web" ? ["api"] : []),
    reloadsItself: () => false,
    catchingUp: () => null,
    restart: (name: string) => (calls.push(`restart ${name}`), Promise.resolve(here.ready.has(name))),
    startAgain: (name: string) => {
      room.stream.emit({ event: "app.pending", app: name });
      begins(`start ${name} again`, name);
    },
    turnOn: (name: string) => {
      room.stream.emit({ event: "app.pending", app: name });
      begins(`turn on ${name}`, name);
    },
    turnOff: (name: string) => {
      calls.push(`turn off ${name}`);
      return Promise.resolve({ ended: [{ pid: 1, app: name, how: "SIGTERM" as const }], leftovers: [] });
    },
    tasks: {
      has: (name: string) => name === "migrate",
      isOn,
      look: (name: string, why: string) => (begins(`${why} ${name}`, name), Promise.resolve(here.ready.has(name))),
      stop: (name: string) => (calls.push(`stop ${name}`), Promise.resolve()),
    },
  } as unknown as Apps;
  const options = {
    lock,
    stream: room.stream,
    stop,
    model: () => model,
    project: () => (here.configured ? project : null),
    apps: () => (here.configured ? fake : null),
    configuration: () => (here.configured ? {} : null),
    faults: { settled: () => Promise.resolve() },
  } as unknown as ControlOptions;
  const gone = new AbortController();
  return {
    ...room,
    lock,
    stop,
    calls,
    here,
    gone,
    emit: (...events: SessionEvent[]) => events.forEach((event) => room.stream.emit(event)),
    ask: byName(room.system, options),
  };
}

const ready = (app: string): SessionEvent => ({ event: "app.ready", app, url: null, ms: 1 });
const done: SessionEvent = { event: "task.finished", task: "migrate", ok: true, exitCode: 0, ms: 1 };
const failed = (app: string): SessionEvent => ({ event: "app.failed", app, reason: "no" });

describe("a restart", () => {
  test("of everything that is on restarts that alone", async () => {
    const { ask, calls, gone } = session({ off: ["web"] });
    expect(await ask.restart([], gone.signal)).toBeNull();
    expect(calls).toEqual(["restart api", "run migrate"]);
  });

  test("of a group restarts its members", async () => {
    const { ask, calls, gone } = session();
    expect(await ask.restart(["all"], gone.signal)).toBeNull();
    expect(calls).toEqual(["restart api", "restart web"]);
  });

  test("names what is not ready, and a failed task with its log", async () => {
    const { ask, here, emit, gone } = session();
    here.ready.clear();
    expect(await ask.restart(["web"], gone.signal)).toBe("not ready: web");
    emit({ event: "task.finished", task: "migrate", ok: false, exitCode: 1, ms: 1 });
    expect(await ask.restart(["web", "api"], gone.signal)).toBe(
      "not ready: web, api (migrate failed: devpm logs migrate)",
    );
  });

  test("names why an app was not even started", async () => {
    const { ask, here, emit, gone } = session();
    here.ready.clear();
    emit({ event: "app.failed", app: "web", reason: "devpm cannot write its state folder: its disk is full" });
    const why = "devpm cannot write its state folder: its disk is full";
    expect(await ask.restart(["web"], gone.signal)).toBe(`not ready: web (${why})`);
    expect(await ask.restart(["web", "api"], gone.signal)).toBe(`not ready: web, api (web: ${why})`);
  });

  test("starts what is off first", async () => {
    const { ask, calls, clock, gone, here } = session({ off: ["web"] });
    here.outcomes.set("web", ready("web"));
    expect(await clock.run(ask.restart(["api", "web"], gone.signal))).toBeNull();
    expect(calls).toEqual(["turn on web", "restart api"]);
  });

  test("restarts nothing where what was off does not start", async () => {
    const { ask, calls, clock, gone, here } = session({ off: ["web"] });
    here.outcomes.set("web", failed("web"));
    expect(await clock.run(ask.restart(["api", "web"], gone.signal))).toBe("web is failed: no (devpm logs web)");
    expect(calls).toEqual(["turn on web"]);
  });
});

describe("a name", () => {
  test.each(["nothing", "constructor", "toString", "__proto__"])("that nothing has is refused: %s", async (name) => {
    const { ask, calls, gone } = session();
    const text = `nothing is called "${name}"`;
    expect(await ask.restart([name], gone.signal)).toBe(text);
    expect(await ask.start([name], gone.signal)).toEqual({ error: text, diagnostics: [] });
    expect(await ask.stop([name])).toEqual({ error: text });
    expect(await ask.wait({ op: "wait", apps: [name], for: "ready", timeoutMs: 5 }, gone.signal)).toBe(text);
    expect(calls).toEqual([]);
  });
});

describe("a wait", () => {
  test("begins with the time that is left once the session knows what it runs", async () => {
    const { ask, here, clock, emit, gone, stop } = session({ starting: true });
    clock.at(400, () => {
      here.configured = true;
      emit({ event: "notice", text: "configured" });
    });
    const waited = ask.wait({ op: "wait", apps: ["api"], for: "ready", timeoutMs: 1_000 }, gone.signal);
    expect(await clock.run(waited)).toBe("not within 600 ms: api is pending");
    expect(clock.monotonic()).toBe(1_000);
    // both may live for hours
    for (const { signal } of [gone, stop]) expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  describe("until an app is ready", () => {
    const crashed: SessionEvent = {
      ...{ event: "app.crashed", app: "api", during: "run", exitCode: 3, signal: null, excerpt: [] },
      ...{ evidence: [], fixes: [], reloads: false },
    };
    const ask = (app: string) => ({ op: "wait" as const, apps: [app], for: "ready" as const, timeoutMs: 9_000 });

    test("ends with the crash of an app that it waits for", async () => {
      const at = session();
      at.clock.at(300, () => at.emit(crashed));
      const said = "web waits for api: api is crashed: it exited with code 3 (devpm logs api)";
      expect(await at.clock.run(at.ask.wait(ask("web"), at.gone.signal))).toBe(said);
      expect(at.clock.monotonic()).toBe(300);
    });

    test("goes on where it does not wait for what crashed, and where that runs again", async () => {
      const at = session();
      at.here.awaited = false;
      at.emit(crashed);
      at.clock.at(300, () => at.emit(ready("web")));
      expect(await at.clock.run(at.ask.wait(ask("web"), at.gone.signal))).toBeNull();
      expect(at.clock.monotonic()).toBe(300);
    });

    test("names what an app that runs is waited for", async () => {
      const at = session();
      at.emit({ event: "app.running", app: "api", pid: 9 });
      const waits = "api waits for port 5050 to accept a connection";
      expect(await at.clock.run(at.ask.wait(ask("api"), at.gone.signal))).toBe(
        `not within 9.0 s: api is running; ${waits}`,
      );
      at.emit({ event: "app.failed", app: "api", reason: "not ready after 9000 ms" });
      expect(await at.clock.run(at.ask.wait(ask("api"), at.gone.signal))).toBe(
        `api is failed: not ready after 9000 ms (devpm logs api); ${waits}`,
      );
    });
  });

  test("for a session that is not configured in time says so", async () => {
    const { ask, clock, stop, gone } = session({ starting: true });
    const waited = () => ask.wait({ op: "wait", apps: [], for: "ready", timeoutMs: 1_000 }, gone.signal);
    expect(await clock.run(waited())).toBe("the session is still starting");
    stop.request("down");
    expect(await clock.run(waited())).toBe("the session is ending");
  });

  test("without names is for all that are on, tasks included", async () => {
    const { ask, clock, emit, gone } = session({ off: ["web"] });
    emit(ready("api"));
    clock.at(300, () => emit(done));
    expect(await clock.run(ask.wait({ op: "wait", apps: [], for: "ready", timeoutMs: 9_000 }, gone.signal))).toBeNull();
    expect(clock.monotonic()).toBe(300);
  });

  test("for a reload has the same rules", async () => {
    const { ask, clock, gone } = session();
    const wait = { op: "wait" as const, apps: ["api"], for: "reload" as const, timeoutMs: 9_000, file: "/none.py" };
    expect(await clock.run(ask.wait(wait, gone.signal))).toBe("there is no file /none.py");
  });
});

describe("a start", () => {
  test("turns on what is off with what it needs, and claims its ports", async () => {
    const { ask, calls, clock, lock, root, gone, here } = session({ off: ["api", "web", "migrate"] });
    here.outcomes.set("api", ready("api")).set("web", ready("web"));
    expect(await clock.run(ask.start(["web"], gone.signal))).toEqual({ error: null, diagnostics: [] });
    expect(calls).toEqual(["retry migrate", "turn on api", "turn on web"]);
    expect(lock.record.ports).toEqual([5050, 5173, 9229]);
    expect(lock.record.apps.map(({ ports }) => ports)).toEqual([[5050], [5173, 9229]]);
    expect(readdirSync(path.join(root, ".state/claims/network-7"))).toEqual(["5050.json", "5173.json", "9229.json"]);
  });

  test("of what runs does nothing; of what is down starts it again; of a task runs it", async () => {
    const { ask, calls, clock, emit, gone, here } = session();
    emit(ready("api"), failed("web"));
    here.outcomes.set("web", ready("web")).set("migrate", done);
    await clock.run(ask.start(["api", "web", "jobs"], gone.signal));
    expect(calls).toEqual(["start web again", "run migrate"]);
  });

  test("whose port is taken starts nothing and names the holder", async () => {
    const { ask, calls, clock, simulated, lock, gone } = session({ off: ["api"] });
    simulated.start(900, { command: "python other.py" });
    simulated.listen(5050, 900);
    simulated.binds.set(5050, "taken");
    const { error, diagnostics } = await clock.run(ask.start(["api"], gone.signal));
    expect(error).toContain("5050");
    expect(diagnostics).toMatchObject([{ state: "Nothing was started; everything else keeps running." }]);
    expect([calls, lock.record.ports]).toEqual([[], []]);
  });

  test("that does not become ready returns why", async () => {
    const { ask, clock, gone, here } = session({ off: ["api"] });
    here.outcomes.set("api", failed("api"));
    expect(await clock.run(ask.start(["api"], gone.signal))).toEqual({
      error: "api is failed: no (devpm logs api)",
      diagnostics: [],
    });
  });

  test.each(["restart", "start", "stop"] as const)("%s while the session starts says so", async (op) => {
    const { ask, here, gone } = session();
    here.configured = false;
    // it knows no names before it has loaded its configuration
    for (const name of ["api", "later"])
      expect(JSON.stringify(await ask[op]([name], gone.signal))).toContain("the session is still starting");
  });
});

describe("a stop", () => {
  test("ends what is on, and gives back its ports", async () => {
    const { ask, calls, lock, system, simulated, root, clock } = session();
    await takeClaims(system, lock.record, [5050, 5173, 9229]);
    await lock.update({ apps: [recorded("api", [1], { ports: [5050] }), recorded("web", [2], { ports: [5173] })] });
    simulated.start(900);
    simulated.listen(9229, 900);
    const stopped = await clock.run(ask.stop(["web", "jobs"]));
    expect(stopped).toEqual({
      ended: [{ pid: 1, app: "web", how: "SIGTERM" }],
      leftovers: [],
      // the other one was taken by a program of the user's meanwhile
      portsFree: [5173],
      ms: 0,
    });
    expect(calls).toEqual(["turn off web", "stop migrate"]);
    expect(lock.record.apps.map(({ pids, ports }) => [pids.length, ports])).toEqual([
      [1, [5050]],
      [0, []],
    ]);
    expect(lock.record.ports).toEqual([5050]);
    expect(readdirSync(path.join(root, ".state/claims/network-7"))).toEqual(["5050.json"]);
  });

  test("of what is off ends nothing, and is no error", async () => {
    const { ask, calls, root, clock } = session({ off: ["web", "migrate"] });
    expect(await clock.run(ask.stop(["web", "migrate"]))).toMatchObject({ ended: [], leftovers: [] });
    expect(calls).toEqual([]);
    expect(existsSync(path.join(root, ".state/claims/network-7/5173.json"))).toBe(false);
  });
});
