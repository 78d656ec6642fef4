import { describe, expect, test } from "vitest";
import type { ServiceStatus } from "../../../src/model/service-status.ts";
import { appStatus, runningSession, sessionStatus } from "./running.ts";

const unready = { ok: false, error: "web is failed: no (devpm logs web)" } as const;
const groups = { all: ["api", "web"], one: ["web"] };

describe.each([
  ["wait", "wait"],
  ["start", "start"],
  ["restart", "restart"],
] as const)("devpm %s", (command, op) => {
  test("is done when the session has done it", async () => {
    const { type, asked, closed } = runningSession();
    const { code, out, err } = await type(command, "api");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("api");
    expect(asked().slice(0, 2)).toEqual(["status", op]);
    expect(closed()).toBe(1);
  });

  test("fails with the session's reason, on stderr", async () => {
    const { type, closed } = runningSession({ [op]: unready });
    expect(await type(command, "web")).toEqual({ code: 1, out: "", err: "web is failed: no (devpm logs web)\n" });
    expect(closed()).toBe(1);
  });

  test("as JSON has what it was about and the reason, and the same exit code", async () => {
    const { type } = runningSession({ [op]: unready });
    const { code, out } = await type(command, "web", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, apps: [{ name: "web" }], error: unready.error });
    const fine = await runningSession().type(command, "web", "--json");
    expect([fine.code, JSON.parse(fine.out)]).toMatchObject([0, { ok: true, apps: [{ name: "web" }], error: null }]);
  });

  test("of a group reports its members", async () => {
    const status = { ok: true as const, status: sessionStatus({ groups }) };
    const { type } = runningSession({ status, [op]: status });
    expect((JSON.parse((await type(command, "one", "--json")).out) as { apps: object[] }).apps).toMatchObject([
      { name: "web" },
    ]);
  });

  test("of what nothing is called asks for nothing, and suggests what is", async () => {
    const { type, asked, closed } = runningSession();
    const { code, err } = await type(command, "ap");
    expect(code).toBe(2);
    expect(err).toContain('Nothing here is called "ap"');
    expect(err).toContain(`devpm ${command} api`);
    expect([asked(), closed()]).toEqual([["status"], 1]);
  });

  test("of a session that still loads its configuration leaves the names to it", async () => {
    const session = { id: "s1", pid: 10, startedAt: "2026-01-01T00:00:00.000Z", detached: false } as const;
    const loading = sessionStatus({ apps: [], session: { ...session, state: "starting" } });
    const { type, asked } = runningSession({ status: { ok: true, status: loading } });
    expect(await type(command, "api")).toMatchObject({ code: 0, err: "" });
    expect(asked()).toContain(op);
  });

  test("whose session ends meanwhile says so", async () => {
    const { type } = runningSession({ [op]: null });
    const { code, err } = await type(command, "api");
    expect(code).toBe(1);
    expect(err).toMatch(/the session ended/);
  });

  test("where no session runs says how to start one", async () => {
    const here = runningSession(null);
    here.here.alive = false;
    const { code, err } = await here.type(command, "api");
    expect(code).not.toBe(0);
    expect(err).toContain("No session is running here");
    expect(err).toContain("devpm dev");
  });

  test("where the session does not answer says why", async () => {
    const busy = runningSession(null);
    busy.listens();
    expect((await busy.type(command, "api")).err).toContain("its engine (pid 10) is busy, or hangs");
    const stopped = runningSession(null);
    stopped.here.stopped = true;
    const { code, err } = await stopped.type(command, "api");
    expect(code).not.toBe(0);
    expect(err).toContain("kill -CONT 10");
  });

  test("of another version's session passes on why it is not talked to", async () => {
    const { type, here } = runningSession();
    here.refused = "this session is run by devpm 9";
    const { code, err } = await type(command, "api");
    expect([code, err]).toEqual([1, "this session is run by devpm 9\n"]);
  });
});

describe("devpm start", () => {
  test("prints a diagnostic in full, where the session has one", async () => {
    const diagnostics = [
      {
        code: "DEVPM_PORT_FOREIGN",
        severity: "error",
        summary: "Port 5050 is taken",
        evidence: [],
        fixes: [],
      } as never,
    ];
    const { type } = runningSession({ start: { ok: false, error: "Port 5050 is taken", diagnostics } });
    const { code, err } = await type("start", "api");
    expect(code).toBeGreaterThan(0);
    expect(err).toContain("Port 5050 is taken");
    expect(err).toContain("DEVPM_PORT_FOREIGN");
  });
});

describe("devpm wait", () => {
  test("does not lose the race against the start of the session", async () => {
    const { type, here, clock } = runningSession();
    here.misses = 10;
    expect((await type("wait")).code).toBe(0);
    expect(clock.monotonic()).toBe(500);
  });

  test("refuses a name that a session turns out not to have once it has loaded its configuration", async () => {
    const session = { id: "s1", pid: 10, startedAt: "2026-01-01T00:00:00.000Z", detached: false } as const;
    const statuses = [sessionStatus({ apps: [], session: { ...session, state: "starting" } }), sessionStatus()];
    const { type, closed } = runningSession({
      status: () => ({ ok: true, status: statuses.shift()! }),
      wait: { ok: false, error: 'nothing is called "ap"' },
    });
    const { code, err } = await type("wait", "ap");
    expect([code, closed()]).toEqual([2, 1]);
    expect(err).toContain("devpm wait api");
  });

  test("has the time that is left once the session was found", async () => {
    const { type, here, requests } = runningSession();
    here.misses = 40;
    await type("wait", "--timeout", "10");
    expect(requests.find(({ op }) => op === "wait")).toMatchObject({ timeoutMs: 8_000, for: "ready", apps: [] });
  });

  test("gives up with its own time where that is shorter", async () => {
    const { type, here, clock } = runningSession(null);
    here.alive = false;
    const { code, out } = await type("wait", "--timeout", "1", "--json");
    expect([code, JSON.parse(out)]).toEqual([1, { ok: false, apps: [], error: "no session is running" }]);
    expect(clock.monotonic()).toBeLessThan(1_100);
  });

  test("waits for none to appear where none was typed beside it, as from a coding agent, unless one is starting", async () => {
    const { type, here, clock } = runningSession();
    here.overrides = { mayAppear: false };
    here.misses = 10;
    expect((await type("wait")).code).toBe(0);
    const before = clock.monotonic();
    expect(before).toBe(500);
    here.misses = 10;
    here.alive = false;
    const { code, err } = await type("wait", "--for", "reload");
    expect([code, clock.monotonic()]).toEqual([1, before]);
    expect(err).toContain("DEVPM_NO_SESSION");
  });

  test("as JSON tells a session that does not answer from none", async () => {
    const { type, listens } = runningSession(null);
    listens();
    const { out } = await type("wait", "--json");
    expect((JSON.parse(out) as { error: string }).error).toBe(
      "the session does not answer: its engine (pid 10) is busy, or hangs",
    );
  });

  test("for a file is for its reload, from the folder where it was typed", async () => {
    const { type, requests, home } = runningSession();
    await type("wait", "--file", "src/a.py");
    expect(requests.find(({ op }) => op === "wait")).toMatchObject({ for: "reload", file: `${home}/src/a.py` });
  });

  test("prints what answers where", async () => {
    const apps = [
      appStatus("api"),
      appStatus("worker", { url: null, port: null }),
      appStatus("off", { state: "stopped" }),
    ];
    const status = { ok: true as const, status: sessionStatus({ apps }) };
    const { type } = runningSession({ status, wait: status });
    expect((await type("wait")).out).toBe("api ready http://localhost:5050\nworker ready\n");
  });

  test("says which services are not as they should be, while the apps are ready", async () => {
    const gone = (service: string, reason: string | null): ServiceStatus => {
      return { service, container: null, state: "missing", exitCode: null, drift: false, reason, ports: [] };
    };
    const infra = [gone("db", "its container is gone"), gone("extra", null)];
    const { type } = runningSession({ wait: { ok: true, status: sessionStatus({ infra }) } });
    const { code, out, err } = await type("wait");
    expect([code, err]).toEqual([0, "▲ db missing: its container is gone\n"]);
    expect(out).toContain("api ready");
  });
});

describe("devpm stop", () => {
  const stopped = {
    ended: [{ pid: 100, app: "web", how: "SIGTERM" as const }],
    leftovers: [],
    portsFree: [5173],
    ms: 40,
  };
  const left = {
    ...stopped,
    leftovers: [{ pid: 101, app: "web", command: "node", reason: "survived SIGKILL, state D" }],
  };

  test("prints what was ended", async () => {
    const { type } = runningSession({ stop: { ok: true, stopped } });
    const { code, out, err } = await type("stop", "web");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("web");
    expect(out).toContain("5173");
  });

  test("of what was off says that there was nothing", async () => {
    const { type } = runningSession({ stop: { ok: true, stopped: { ...stopped, ended: [] } } });
    expect((await type("stop", "web", "api")).out).toMatch(/^web, api: nothing was running\n/);
  });

  test("that leaves something is no success, in words and as JSON", async () => {
    const { type } = runningSession({ stop: { ok: true, stopped: left } });
    const plain = await type("stop", "web");
    expect(plain.code).toBe(1);
    expect(plain.err).toContain("survived SIGKILL");
    const json = await type("stop", "web", "--json");
    expect([json.code, JSON.parse(json.out)]).toEqual([1, left]);
    expect((await runningSession({ stop: { ok: true, stopped } }).type("stop", "web", "--json")).code).toBe(0);
  });

  test.each([
    [{ ok: false, error: "the session is ending" }, "the session is ending\n"],
    [null, "the session ended before the stop was done\n"],
  ] as const)("that is refused (%j) says why", async (answer, err) => {
    expect(await runningSession({ stop: answer }).type("stop", "web")).toEqual({ code: 1, out: "", err });
  });
});
