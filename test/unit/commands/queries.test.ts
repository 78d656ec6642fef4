import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { NOTHING_ENDED } from "../../../src/model/events.ts";
import type { Fault } from "../../../src/model/fault.ts";
import type { EngineClient } from "../../../src/system/engine/engine-client.ts";
import { OLDER } from "../../../src/system/engine/handshake.ts";
import { app, record } from "../teardown/sample.ts";
import { type } from "./type-in.ts";
import { appStatus, runningSession, sessionStatus } from "./running.ts";

test.each(["status", "errors", "attach", "logs api", "restart api", "stop api"])(
  "`devpm %s` names the command that ends another version's session as it is typed here",
  async (line) => {
    const { type: run, here, home, instance } = runningSession();
    mkdirSync(instance.logs, { recursive: true });
    const logged = { at: "2026-01-01T00:00:00.000Z", n: 1, app: "api", stream: "out", line: "hello" };
    writeFileSync(path.join(instance.logs, "api.jsonl"), `${JSON.stringify(logged)}\n`);
    here.refused = OLDER;
    const { err } = await run("-C", home, ...line.split(" "));
    expect(err).toContain(`\`devpm -C ${home} down\``);
  },
);

describe("devpm status", () => {
  test("is what the engine answers, as it is", async () => {
    const { type: run, closed } = runningSession();
    const { code, out } = await run("status", "--json");
    expect([code, JSON.parse(out), closed()]).toEqual([0, sessionStatus(), 1]);
    expect((await run("status")).out).toContain("http://localhost:5173");
  });

  test("of a session that starts has its apps, and no states that are guessed", async () => {
    const { type: run } = runningSession(null, { apps: [app("api", []), app("web", [])], state: "starting" });
    expect(JSON.parse((await run("status", "--json")).out)).toMatchObject({
      session: { id: "s1", state: "starting" },
      apps: [
        { name: "api", state: "starting", pid: null },
        { name: "web", state: "starting" },
      ],
    });
  });

  test("of a session that does not answer knows nothing about its apps, and says how to go on", async () => {
    const { type: run, listens } = runningSession(null, { apps: [app("api", [])] });
    listens();
    expect(JSON.parse((await run("status", "--json")).out)).toMatchObject({
      session: { state: "unresponsive" },
      apps: [{ name: "api", state: "unknown" }],
    });
    const { code, out } = await run("status");
    expect(code).toBe(0);
    expect(out).toContain("does not answer");
    expect(out).toContain("devpm down");
  });

  test("of a session that answers late, on a machine that is busy, is what it answers", async () => {
    const { type: run, here, listens } = runningSession({});
    listens();
    here.misses = 1;
    expect(JSON.parse((await run("status", "--json")).out)).toMatchObject({ session: { state: "ready" } });
    // of one that is stopped nothing comes
    here.misses = 1;
    here.stopped = true;
    expect(JSON.parse((await run("status", "--json")).out)).toMatchObject({ session: { state: "unresponsive" } });
  });

  test.each([["restart", "api"], ["attach"]])("%s gives a busy session more time, too", async (...words) => {
    const { type: run, here, asked, listens } = runningSession();
    listens();
    here.misses = 1;
    await run(...words);
    const before = asked();
    expect(before).not.toEqual([]);
    here.misses = 1;
    here.stopped = true;
    expect((await run(...words)).err).toContain("is stopped, by SIGSTOP or Ctrl+Z");
    expect(asked()).toEqual(before);
  });

  test("waits no longer for a session that accepts a call and hangs than for one that does not", async () => {
    const { type: run, here, listens, clock } = runningSession(null);
    listens();
    const given: number[] = [];
    const silent: EngineClient = {
      refused: null,
      async ask(_, ms = Infinity) {
        given.push(ms);
        await clock.sleep(ms);
        return null;
      },
      events: () => Promise.resolve(null),
      close: () => {},
    };
    // its greeting takes most of the time that there is
    here.overrides.connectEngine = async (_, ms = 1_000) => {
      await clock.sleep(ms - 100);
      return silent;
    };
    const { out } = await run("status");
    expect([given, clock.monotonic()]).toEqual([[100, 100], 6_000]);
    expect(out).toMatch(/is busy, or hangs: no answer within 6(?:\.0)? s/);
  });

  test("of a dead session has none", async () => {
    const { type: run, here } = runningSession(null, { apps: [app("api", [])] });
    here.alive = false;
    expect(JSON.parse((await run("status", "--json")).out)).toMatchObject({
      project: "market",
      session: null,
      apps: [],
    });
  });

  test("of a session that was killed with its guards names what is left, and what ends it", async () => {
    const { type: run, here, instance } = runningSession(null, { apps: [app("api", [])] });
    here.alive = false;
    here.left = [41, 40];
    expect(JSON.parse((await run("status", "--json")).out)).toMatchObject({
      session: null,
      stale: { id: "s1", pids: [40, 41] },
    });
    const text = "2 processes of a session that was killed are left (pid 40 and 41): devpm down ends them";
    expect((await run("status")).out).toContain(text);
    const { err } = await run("restart", "api");
    expect(err).toMatch(/left +of a session that was killed: pid 40 and 41/);
    expect(err).toMatch(/or end what is left: +devpm down/);
    // its file was moved aside by a start that was killed too
    mkdirSync(path.join(instance.folder, "dead"));
    renameSync(instance.sessionFile, path.join(instance.folder, "dead/s1.json"));
    here.left = [40];
    expect((await run("status")).out).toContain("1 process of a session that was killed is left (pid 40)");
    here.left = [];
    expect((await run("status")).out).not.toContain("left");
  });

  test.each([
    ["guards that were killed with it", [], null, "was killed, or the machine went down; nothing of it runs"],
    ["guards that were killed with it, and left something", [40], null, "went down; devpm down ends what is left"],
    ["a guard that is ending it", [30], null, "the last session's devpm was killed; its guardian is ending it"],
    [
      "a guardian that ended it",
      [],
      "s1",
      "the last session's devpm was killed; its guardian ended api, nothing was left",
    ],
    ["a guardian that ended another one", [], "s0", "was killed, or the machine went down; nothing of it runs"],
  ])("tells of a killed session with %s how it ended, as logs do", async (_, left, guarded, text) => {
    const sentinel = { pid: 30, startTime: "1", bootId: "b" };
    const { type: run, here, instance } = runningSession(null, { sentinel });
    here.alive = false;
    here.left = left;
    const starting = {
      event: "session.starting",
      at: "2026-01-01T00:00:00.000Z",
      project: "p",
      root: "/p",
      namespace: "n",
    };
    mkdirSync(instance.logs);
    const log = path.join(instance.logs, "@session.jsonl");
    writeFileSync(log, `${JSON.stringify({ ...starting, session: "s1", apps: ["api"] })}\n`);
    writeFileSync(path.join(instance.logs, "api.jsonl"), "");
    const receipt = { ...NOTHING_ENDED, ended: [{ pid: 40, app: "api", how: "SIGTERM" }] };
    if (guarded !== null)
      writeFileSync(path.join(instance.folder, "ended.json"), JSON.stringify({ id: guarded, receipt }), {
        mode: 0o600,
      });
    expect((JSON.parse((await run("status", "--json")).out) as { lastEnd: string }).lastEnd).toContain(text);
    expect((await run("logs")).err).toContain(text);
    // asking takes nothing away
    if (left.length === 0) expect((await run("status")).out).toContain(`▲ ${(await run("logs")).err.trim()}`);
    appendFileSync(log, `${JSON.stringify({ event: "session.stopping", at: starting.at, reason: "down" })}\n`);
    expect(JSON.parse((await run("status", "--json")).out)).not.toHaveProperty("lastEnd");
  });

  test.each([
    ["guardian-lost", true, "a process that guards it was killed"],
    ["failed", true, "failed while it ran, and ended: devpm errors has the reason"],
    // its own command has said why
    ["failed", false, undefined],
    ["down", true, undefined],
  ])("tells of one that ended with %s, ready: %s, in order: %s", async (reason, isReady, text) => {
    const { type: run, here, instance } = runningSession(null);
    here.alive = false;
    mkdirSync(instance.logs);
    const of = { session: "s1", project: "p", root: "/p", namespace: "n", apps: ["api"] };
    const events = [
      { event: "session.starting", ...of },
      ...(isReady ? [{ event: "session.ready", ms: 1 }] : []),
      { event: "session.stopping", reason },
      { event: "session.stopped", ...NOTHING_ENDED },
    ];
    writeFileSync(
      path.join(instance.logs, "@session.jsonl"),
      events.map((one) => `${JSON.stringify({ at: "2026-01-01T00:00:00.000Z", ...one })}\n`).join(""),
    );
    writeFileSync(path.join(instance.logs, "api.jsonl"), "");
    const { lastEnd } = JSON.parse((await run("status", "--json")).out) as { lastEnd?: string };
    expect(lastEnd).toEqual(text === undefined ? undefined : expect.stringContaining(text));
    expect((await run("logs")).err).toBe(lastEnd === undefined ? "" : `${lastEnd}\n`);
    // which has the reason itself
    const end = lastEnd?.replace(": devpm errors has the reason", "");
    const first = end === undefined ? "✔ nothing is broken, as far as devpm sees" : `▲ ${end}`;
    expect((await run("errors")).out).toBe(
      `${first}\nno session is running here: this is what the last one ended with\n`,
    );
  });

  test("of a session that its guardian is ending names nothing", async () => {
    const sentinel = { pid: 30, startTime: "1", bootId: "b" };
    const { type: run, here } = runningSession(null, { sentinel });
    here.alive = false;
    here.left = [30, 40];
    expect(JSON.parse((await run("status", "--json")).out)).not.toHaveProperty("stale");
  });

  test("of another version's session says that it cannot talk to it, and shows what the files have", async () => {
    const { type: run, here } = runningSession({}, { apps: [app("api", [])] });
    here.refused = "this session is run by devpm 9";
    const { code, out, err } = await run("status", "--json");
    expect([code, err]).toEqual([0, "this session is run by devpm 9\n"]);
    expect(JSON.parse(out)).toMatchObject({ apps: [{ name: "api" }] });
  });

  test("where nothing ever ran is empty, and no failure", async () => {
    const { code, out } = await type("status", "--json");
    expect([code, JSON.parse(out)]).toMatchObject([0, { session: null, apps: [], infra: [] }]);
  });
});

describe("devpm list", () => {
  const other = (home: string, name: string, more: Parameters<typeof record>[0]): void => {
    mkdirSync(path.join(home, name));
    writeFileSync(
      path.join(home, name, "session.json"),
      JSON.stringify(record({ ...more, root: path.join(home, name) })),
    );
  };

  test("has every session of the user, each with its state", async () => {
    const { type: run, home, here } = runningSession({}, { ports: [5050, 5173] });
    const engine = { pid: 30, startTime: "1", bootId: "b" };
    other(home, "dead", { id: "s2", project: "blog", engine });
    writeFileSync(path.join(home, "no-session.txt"), "");
    mkdirSync(path.join(home, "broken"));
    writeFileSync(path.join(home, "broken", "session.json"), "{");
    here.overrides = { processes: { alive: ({ pid }) => pid === 10, isStopped: () => false, carrying: () => [] } };
    const { code, out } = await run("list", "--json");
    const { sessions } = JSON.parse(out) as { sessions: { id: string }[] };
    expect(code).toBe(0);
    expect(sessions.toSorted((a, b) => a.id.localeCompare(b.id))).toMatchObject([
      { project: "market", root: home, id: "s1", pid: 10, state: "ready", ports: [5050, 5173] },
      { project: "blog", root: path.join(home, "dead"), id: "s2", pid: 30, state: "dead", ports: [] },
    ]);
    const text = (await run("list")).out;
    expect(text).toContain(`blog was killed; what is left of it ends with: devpm -C ${path.join(home, "dead")} down`);
  });

  test("in a narrow terminal leaves nothing out", async () => {
    const { type: run, home, here, instance } = runningSession({}, { ports: [5050, 5173] });
    const allocated = { root: home, why: "worktree", main: null, ports: { api: 20_000 }, redis: {} };
    const databases = [{ service: "postgres", compose: "shop", name: "shop_login" }];
    writeFileSync(path.join(instance.folder, "worktree.json"), JSON.stringify({ version: 1, ...allocated, databases }));
    const urls = ["http://localhost:5050", "http://localhost:5173"];
    here.columns = 60;
    const narrow = (await run("list")).out.split("\n");
    expect(narrow[0]).toMatch(/^PROJECT +STATE +PID$/);
    expect(narrow[1]).toMatch(/^market +ready +10$/);
    expect(narrow.slice(2, 6)).toEqual([home, ...urls, "holds shop_login"].map((text) => `  ${text}`));
    here.columns = 250;
    const wide = (await run("list")).out.split("\n");
    expect(wide[0]).toMatch(/^PROJECT +STATE +PID +URLS +HOLDS +FOLDER$/);
    expect(wide[1]).toContain(`${urls.join(" ")}  shop_login  ${home}`);
  });

  test("names one whose engine does not answer", async () => {
    const { type: run, listens } = runningSession(null);
    listens();
    expect((await run("list")).out).toContain("does not answer");
    expect(JSON.parse((await run("list", "--json")).out)).toMatchObject({ sessions: [{ state: "unresponsive" }] });
  });

  test("waits longer for one that is only busy, as where ten are asked at once", async () => {
    const { type: run, here, listens } = runningSession({});
    listens();
    here.misses = 1;
    expect(JSON.parse((await run("list", "--json")).out)).toMatchObject({
      sessions: [{ state: "ready", urls: ["http://localhost:5050", "http://localhost:5173"] }],
    });
    here.misses = 1;
    here.stopped = true;
    expect(JSON.parse((await run("list", "--json")).out)).toMatchObject({ sessions: [{ state: "unresponsive" }] });
  });

  test("without any says so", async () => {
    expect(await type("list")).toEqual({ code: 0, out: "No session is running.\n", err: "" });
    expect(JSON.parse((await type("list", "--json")).out)).toEqual({ sessions: [] });
  });
});

describe("devpm errors", () => {
  const fault = (id: string, last: string): Fault =>
    ({
      id,
      app: "api",
      kind: "exception",
      message: `ValueError: ${id}`,
      first: last,
      last,
      count: 1,
      place: null,
      frames: [],
      excerpt: [],
    }) as unknown as Fault;
  const errors = [fault("new", "2026-01-31T11:59:00.000Z"), fault("old", "2026-01-31T09:00:00.000Z")];

  test("has those of the session, and a script gets them in full", async () => {
    const { type: run, closed } = runningSession({ errors: { ok: true, errors, notes: [] } });
    const { code, out } = await run("errors", "--json");
    expect([code, JSON.parse(out), closed()]).toEqual([0, { errors }, 1]);
  });

  test.each([
    ["90s", ["new"]],
    ["1d", ["new", "old"]],
    ["2026-01-31T12:30:00Z", []],
  ])("since %s has what happened since", async (since, ids) => {
    const { type: run } = runningSession({ errors: { ok: true, errors, notes: [] } });
    const { out } = await run("errors", "--since", since, "--json");
    expect((JSON.parse(out) as { errors: Fault[] }).errors.map(({ id }) => id)).toEqual(ids);
  });

  test("since a time that is none is a mistake", async () => {
    const { type: run, asked } = runningSession();
    const { code, err } = await run("errors", "--since", "soon");
    expect(code).toBe(2);
    expect(err).toContain('"soon" is not a time');
    expect(asked()).toEqual([]);
  });

  test("prints what the session cannot see, or that these are the last one's", async () => {
    const { type: run } = runningSession({ errors: { ok: true, errors: [], notes: ["browsers are not seen"] } });
    expect((await run("errors")).out).toContain("browsers are not seen");
    expect((await type("errors")).out).toContain("no session is running here: this is what the last one ended with");
    const silent = runningSession(null);
    silent.listens();
    expect((await silent.type("errors")).out).toContain("the session does not answer, its engine (pid 10) is busy");
  });
});

describe("a session of apps that are off, tasks and services", () => {
  test("is printed with all of them", async () => {
    const status = sessionStatus({
      apps: [
        appStatus("api", { state: "crashed", pid: null }),
        appStatus("docs", { state: "stopped", pid: null, url: null }),
      ],
      tasks: [{ name: "migrate", state: "failed", pid: null, exitCode: 3, skipped: false, startedAt: null, ms: 20 }],
    });
    const { out } = await runningSession({ status: { ok: true, status } }).type("status");
    for (const text of ["api", "crashed", "docs", "migrate", "failed"]) expect(out).toContain(text);
  });
});
