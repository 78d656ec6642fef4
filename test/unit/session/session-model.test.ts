import { describe, expect, it } from "vitest";
import type { ServiceState } from "../../../src/model/service-status.ts";
import type { SessionEvent, Stamped } from "../../../src/model/events.ts";
import { initialModel, reduce } from "../../../src/session/session-model.ts";
import { statusOf } from "../../../src/session/control/status-of.ts";
import type { App, Task } from "../../../src/model/project.ts";
import { crashed } from "./crashed.ts";

const start = initialModel({
  apps: [
    { name: "backend", port: 5050, start: true } as App,
    { name: "web", port: null, start: true } as App,
    { name: "mail", port: null, start: false } as App,
  ],
  tasks: [{ name: "migrate", start: true } as Task],
});

/** A second apart, so that times can be told from each other. */
const stamped = (events: SessionEvent[]): Stamped[] =>
  events.map((event, second) => ({ ...event, at: new Date(second * 1_000).toISOString() }));

const after = (...events: SessionEvent[]) => stamped(events).reduce(reduce, start);
const app = (model: ReturnType<typeof after>, name = "backend") => model.apps.get(name)!.status;

const up: SessionEvent[] = [
  { event: "app.starting", app: "backend", port: 5050 },
  { event: "app.running", app: "backend", pid: 7 },
  { event: "app.ready", app: "backend", url: "http://localhost:5050", ms: 5 },
];
const saved = { app: "backend", file: "web/a.py", savedAt: "2026-01-01T00:00:00.000Z", how: "warm" } as const;

describe("an app", () => {
  it("is pending, then starting, running and ready", () => {
    expect(app(start as never).state).toBe("pending");
    expect(app(after(up[0]!)).state).toBe("starting");
    expect(app(after(...up.slice(0, 2)))).toMatchObject({ state: "running", pid: 7 });
    expect(app(after(...up))).toMatchObject({ state: "ready", url: "http://localhost:5050", restarts: 0 });
  });

  it("counts reloads that answered, and remembers the last one", () => {
    const model = after(
      ...up,
      { event: "app.reloading", ...saved },
      { event: "app.reloaded", ...saved, ms: 24, ok: true },
    );
    expect(app(model)).toMatchObject({
      state: "ready",
      reloads: 1,
      lastReload: { ok: true, file: "web/a.py", ms: 24 },
    });
  });

  it("is crashed after a save that does not import, and says so in the last reload", () => {
    const model = after(...up, { event: "app.reloaded", ...saved, ms: 30, ok: false }, crashed("backend"));
    expect(app(model)).toMatchObject({ state: "crashed", pid: null, reloads: 0, lastReload: { ok: false } });
  });

  it.each([
    ["SIGKILL", ["serving"], "it was ended by SIGKILL"],
    ["SIGSEGV", ["Fatal Python error"], "Fatal Python error"],
    ["SIGSEGV", [], "it was ended by SIGSEGV"],
  ])("a crash by %s after %j is explained by %s", (signal, excerpt, failure) => {
    const model = after(...up, crashed("backend", { exitCode: null, signal, excerpt }));
    expect(model.apps.get("backend")?.failure).toBe(failure);
  });

  it("counts a second start as a restart", () => {
    expect(app(after(...up, ...up)).restarts).toBe(1);
  });

  it("leaves the others alone, and an event of an unknown app changes nothing", () => {
    expect(app(after(...up), "web").state).toBe("pending");
    expect(after({ event: "app.ready", app: "stranger", url: null, ms: 1 })).toEqual(start);
  });
});

describe("the session", () => {
  const ready: SessionEvent = { event: "session.ready", ms: 9 };
  const crash = crashed("backend");
  const infra = (state: ServiceState, reason: string | null = null): SessionEvent => ({
    event: "infra.changed",
    services: [{ service: "db", container: "x", state, exitCode: null, drift: false, reason, ports: [] }],
  });

  it("is starting until everything is ready, whatever crashes meanwhile", () => {
    expect(after(crash).state).toBe("starting");
    expect(after(...up, ready).state).toBe("ready");
  });

  it("is degraded while an app or a service is broken, and ready again afterwards", () => {
    expect(after(...up, ready, crash).state).toBe("degraded");
    expect(after(...up, ready, crash, ...up).state).toBe("ready");
    expect(after(...up, ready, infra("unhealthy")).state).toBe("degraded");
    expect(after(...up, ready, infra("unhealthy"), infra("healthy")).state).toBe("ready");
    for (const state of ["stopped", "paused", "missing"] as const) {
      expect(after(...up, ready, infra(state, "it was stopped (exit code 143)")).state).toBe("degraded");
      // it was to run once, or was never made
      expect(after(...up, ready, infra(state)).state).toBe("ready");
    }
    expect(after(...up, ready, infra("starting", "its health check failed once")).state).toBe("ready");
  });

  it("is degraded while a task has failed; what is off is not broken", () => {
    const finished = (ok: boolean): SessionEvent => ({
      event: "task.finished",
      task: "migrate",
      ok,
      exitCode: 1,
      ms: 5,
    });
    expect(after(...up, ready, finished(false)).state).toBe("degraded");
    expect(after(...up, ready, finished(false), finished(true)).state).toBe("ready");
    expect(after(...up, ready, { event: "app.stopped", app: "backend" }).state).toBe("ready");
    expect(after(...up, ready, { event: "task.stopped", task: "migrate" }).state).toBe("ready");
  });

  it("stays stopping", () => {
    expect(after(...up, ready, { event: "session.stopping", reason: "down" }, crash).state).toBe("stopping");
  });
});

it("shows as the contract's status", () => {
  const engine = { pid: 41, startTime: "1", bootId: "b" };
  const status = statusOf({
    record: {
      version: 1,
      id: "s",
      project: "market",
      root: "/r",
      namespace: "n",
      engine,
      sentinel: null,
      shim: null,
      daemon: null,
      apps: [],
      startedAt: "2026-01-01T00:00:00.000Z",
      detached: false,
      state: "ready",
      pm2Home: "",
      socket: "",
      ports: [],
    },
    model: after(...up),
    groups: {},
    now: new Date(61_000),
    measured: new Map([["backend", { memoryBytes: 5, cpuPercent: 1 }]]),
  });
  expect(status.session).toEqual({
    id: "s",
    pid: 41,
    startedAt: "2026-01-01T00:00:00.000Z",
    detached: false,
    state: "starting",
  });
  expect(status.apps[0]).toMatchObject({ name: "backend", uptimeMs: 60_000, memoryBytes: 5, cpuPercent: 1 });
  expect(status.apps[1]).toMatchObject({ name: "web", uptimeMs: null, memoryBytes: null });
});

it("follows a task", () => {
  const states = (...events: SessionEvent[]) => after(...events).tasks.get("migrate");
  expect(states()).toMatchObject({ state: "pending", skipped: false });
  const started: SessionEvent = { event: "task.started", task: "migrate", pid: 9, reason: "first run" };
  expect(states(started)).toMatchObject({ state: "running", pid: 9, startedAt: expect.any(String) });
  const failed: SessionEvent = { event: "task.finished", task: "migrate", ok: false, exitCode: 3, ms: 7 };
  expect(states(started, failed)).toMatchObject({ state: "failed", pid: null, exitCode: 3, ms: 7 });
  expect(states({ event: "task.skipped", task: "migrate" })).toMatchObject({ state: "done", skipped: true });
  expect(states({ event: "task.stopped", task: "migrate" })).toMatchObject({ state: "stopped" });
});

it("an app that is off is stopped until it is asked for", () => {
  expect(app(after(), "mail").state).toBe("stopped");
  expect(app(after({ event: "app.pending", app: "mail" }), "mail").state).toBe("pending");
  expect(app(after(...up, { event: "app.stopped", app: "backend" }))).toMatchObject({
    state: "stopped",
    pid: null,
    url: null,
  });
});
