import { describe, expect, it } from "vitest";
import { idleTask, type AppStatus, type Status, type TaskStatus } from "../../../src/model/status.ts";
import { statusLines } from "../../../src/ui/status.ts";
import { displayWidth } from "../../../src/util/text.ts";
import { at, plain } from "./fake.ts";

const app = (over: Partial<AppStatus>): AppStatus => ({
  name: "backend",
  state: "ready",
  pid: 4711,
  port: 5050,
  url: "http://localhost:5050",
  restarts: 0,
  reloads: 3,
  uptimeMs: 185_000,
  memoryBytes: 52_400_000,
  cpuPercent: 0.4,
  lastReload: { ok: true, file: "web/market_routes.py", savedAt: at, ms: 23.6, how: "warm" },
  ...over,
});

const running: Status = {
  project: "market",
  root: "/home/ana/market",
  namespace: "devpm-market",
  session: { id: "s", pid: 4700, startedAt: at, detached: true, state: "ready" },
  apps: [app({}), app({ name: "web", url: "http://localhost:5173", lastReload: null, reloads: 0 })],
  infra: [
    {
      service: "postgres",
      container: "market-postgres-1",
      state: "healthy",
      exitCode: null,
      drift: false,
      reason: null,
      ports: [{ container: 5432, host: 15432 }],
    },
  ],
};

describe("devpm status for people", () => {
  it("shows apps and infra in columns", () => {
    expect(statusLines(running, 140, plain)).toEqual([
      "market ready  pid 4700, detached, /home/ana/market",
      "",
      "APP      STATE  URL                    LAST SAVE                   PID   UP         MEMORY  CPU  RELOADS  RESTARTS",
      "backend  ready  http://localhost:5050  web/market_routes.py 24 ms  4711  3 min 5 s  52 MB   0 %  3        0",
      "web      ready  http://localhost:5173                              4711  3 min 5 s  52 MB   0 %  0        0",
      "",
      "SERVICE   STATE    PORTS       CONTAINER",
      "postgres  healthy  15432→5432  market-postgres-1",
    ]);
  });

  it("calls a service done that was to run once, and one that ended otherwise stopped", () => {
    const [postgres] = running.infra;
    const ended = { ...postgres!, state: "stopped" as const, exitCode: 0, ports: [], container: null };
    const infra = [
      { ...ended, service: "init" },
      { ...ended, service: "db", reason: "it exited with code 0" },
    ];
    const lines = statusLines({ ...running, apps: [], infra }, 140, plain).slice(-5);
    expect(lines.map((line) => line.trimEnd())).toEqual([
      "SERVICE  STATE",
      "init     done",
      "db       stopped",
      "",
      "▲ db stopped (exit code 0)",
    ]);
  });

  it("says how long a task took once it ended, not while it runs again", () => {
    const ran = { ...idleTask("migrate", "done"), ms: 1_500 };
    const row = (task: TaskStatus) => statusLines({ ...running, infra: [], tasks: [task] }, 140, plain).at(-1);
    expect(row(ran)).toContain("1.5 s");
    expect(row({ ...ran, state: "running", pid: 9 })).not.toContain("1.5 s");
  });

  it("says which app waits at a prompt, where, and how to answer", () => {
    const asking = app({ name: "my api", prompt: { text: "(Pdb) ", file: "web/cart.py", line: 12 } });
    const [, ...others] = running.apps;
    const lines = statusLines({ ...running, apps: [asking, ...others] }, 140, plain);
    expect(lines).toContain("▲ my api waits at a prompt, web/cart.py:12: devpm attach 'my api'");
    const nowhere = { ...asking, prompt: { text: "> ", file: null, line: null } };
    expect(statusLines({ ...running, apps: [nowhere] }, 140, plain)).toContain(
      "▲ my api waits at a prompt: devpm attach 'my api'",
    );
  });

  it("leaves the least important columns out where the terminal is narrow", () => {
    const lines = statusLines(running, 40, plain);
    expect(lines).toContain("backend  ready  http://localhost:5050");
    for (const line of lines.slice(1)) expect(displayWidth(line)).toBeLessThanOrEqual(40);
  });

  it("says what does not run, and why a service is not well", () => {
    const lines = statusLines(
      {
        ...running,
        apps: [
          app({
            state: "crashed",
            pid: null,
            lastReload: { ok: false, file: "a.py", savedAt: at, ms: 9, how: "warm" },
          }),
        ],
        infra: running.infra.map((service) => ({ ...service, state: "unhealthy", reason: "no response" })),
      },
      100,
      plain,
    );
    expect(lines).toContain("✖ backend: the last save, a.py, does not run");
    expect(lines).toContain("▲ postgres unhealthy: no response");
  });

  it.each(["starting", "ready", "stopped"] as const)(
    "does not call a save broken that failed before the app was %s",
    (state) => {
      const lastReload = { ok: false, file: "a.py", savedAt: at, ms: 9, how: "warm" } as const;
      const text = statusLines({ ...running, apps: [app({ state, lastReload })] }, 100, plain).join("\n");
      expect(text).toContain("a.py");
      expect(text).not.toContain("does not run");
      expect(text).not.toContain("failed");
    },
  );

  it("says that nothing runs", () => {
    expect(statusLines({ ...running, session: null, apps: [], infra: [] }, 100, plain)).toEqual([
      "market is not running  /home/ana/market",
    ]);
  });
});
