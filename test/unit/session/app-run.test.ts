import { describe, expect, test } from "vitest";
import { invalidApp } from "../../../src/config/problem.ts";
import type { LogPattern } from "../../../src/model/project.ts";
import type { AppProcess } from "../../../src/session/apps/app-run.ts";
import type { LifecycleReport } from "../../../src/session/apps/warm-reports.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { sampleApp } from "../plan/sample.ts";
import { batchOf } from "../ui/fake.ts";
import { FIRST, runningApp } from "./running-app.ts";

const api = sampleApp({ name: "api", port: 5050 });
const SECOND = 2 * FIRST;
const SAVED = new Date("2026-01-31T12:00:00.000Z");

describe("a start", () => {
  test("is ready when the app answers, and its port is watched from then on", async () => {
    const { run, clock, events, accepting, watches } = runningApp(api);
    clock.at(400, () => accepting.add(5050));
    expect(await clock.run(run.start())).toBe(true);
    expect(events).toEqual([
      { event: "app.starting", app: "api", port: 5050 },
      { event: "app.running", app: "api", pid: 100 },
      { event: "app.ready", app: "api", url: "http://localhost:5050", ms: expect.any(Number) },
    ]);
    expect(watches.map(({ port, ended }) => [port, ended])).toEqual([[5050, false]]);
    expect(run.startedAt).toBe(FIRST);
  });

  test.each([
    [new Error("PM2 has no such program"), "PM2 has no such program"],
    ["out of memory", "out of memory"],
  ])("that PM2 refuses (%s) is a failure with its reason, and nothing is probed", async (refusal, reason) => {
    const { run, here, clock, events, watches } = runningApp(api);
    // oxlint-disable-next-line prefer-promise-reject-errors -- PM2 rejects with whatever it has
    here.launches = () => Promise.reject(refusal);
    expect(await clock.run(run.start())).toBe(false);
    expect(events.at(-1)).toEqual({ event: "app.failed", app: "api", reason });
    expect([clock.monotonic(), watches.length]).toEqual([0, 0]);
  });

  test("that has always taken longer is seldom probed", async () => {
    const { run, here, clock, accepting } = runningApp(api);
    here.unlikelyMs = 600;
    clock.at(600, () => accepting.add(5050));
    expect(await clock.run(run.start())).toBe(true);
    expect(here.tries).toBe(11);
  });

  test("that cannot be launched is a failure with the reason, and nothing is probed", async () => {
    const { run, here, clock, events, watches } = runningApp(api);
    const problem = { key: "env", message: "no vault" };
    here.launches = () => Promise.resolve(invalidApp(api, "/p/ecosystem.config.ts", problem));
    expect(await clock.run(run.start())).toBe(false);
    expect(events.at(-1)).toEqual({ event: "app.failed", app: "api", reason: "no vault" });
    expect([clock.monotonic(), watches.length]).toEqual([0, 0]);
  });

  test("that takes too long is reported once, with its last lines, and is ready whenever it answers", async () => {
    const { run, clock, events, accepting } = runningApp(api);
    run.line("of the process before");
    const started = run.start();
    run.line("loading the model");
    clock.at(60_000, () => accepting.add(5050));
    expect(await clock.run(started)).toBe(true);
    const [diagnostic, failed, ready] = events.slice(2);
    expect(diagnostic).toMatchObject({
      event: "diagnostic",
      code: "DEVPM_APP_NOT_READY",
      excerpt: ["loading the model"],
      evidence: expect.arrayContaining([["listens on", "9999"]]),
    });
    expect(failed).toEqual({ event: "app.failed", app: "api", reason: "not ready after 30000 ms" });
    expect(ready).toMatchObject({ event: "app.ready", ms: expect.any(Number) });
    expect((ready as { ms: number }).ms).toBeGreaterThanOrEqual(60_000);
    expect(events).toHaveLength(5);
  });

  test("is not ready any more where it ends while its protocol is being found out", async () => {
    const { run, here, clock, accepting, happened } = runningApp({ ...api, toolchain: "node" });
    accepting.add(5050);
    const asked = deferred<boolean>();
    here.speaksTls = () => asked.promise;
    const started = run.start();
    clock.at(1, () => {
      run.ending();
      asked.resolve(false);
    });
    expect(await clock.run(started)).toBe(false);
    expect(happened()).toEqual(["app.starting", "app.running"]);
  });

  test("again ends the wait of the one before, which reports nothing more", async () => {
    const { run, here, clock, accepting, happened } = runningApp(api);
    const first = run.start();
    await clock.pass(100);
    here.launches = () => Promise.resolve({ pid: 101, startedAt: SECOND });
    const second = run.start();
    clock.at(200, () => accepting.add(5050));
    expect(await clock.run(Promise.all([first, second]))).toEqual([false, true]);
    expect(happened()).toEqual(["app.starting", "app.running", "app.starting", "app.running", "app.ready"]);
  });

  test("that another follows while PM2 still starts it reports nothing, nor does its failure", async () => {
    const { run, here, clock, accepting, happened } = runningApp(api);
    const launches = [0, 1, 2].map(() => deferred<AppProcess | Error>());
    let launched = 0;
    here.launches = async () => {
      const answer = await launches[launched++]!.promise;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const starts = [run.start(), run.start(), run.start()];
    launches[0]!.resolve({ pid: 100, startedAt: FIRST });
    launches[1]!.resolve(new Error("it is not there"));
    expect(await clock.run(Promise.all(starts.slice(0, 2)))).toEqual([false, false]);
    expect(happened()).toEqual(["app.starting", "app.starting", "app.starting"]);
    launches[2]!.resolve({ pid: 200, startedAt: SECOND });
    accepting.add(5050);
    expect(await clock.run(starts[2]!)).toBe(true);
    expect([happened(), run.startedAt]).toEqual([["app.running", "app.ready"], SECOND]);
  });

  test("PM2's own word that it runs does not start it a second time", async () => {
    const { run, here, clock, accepting, happened, pm2 } = runningApp(api);
    accepting.add(5050);
    here.launches = async () => {
      await pm2("online", FIRST);
      return { pid: 100, startedAt: FIRST };
    };
    await clock.run(run.start());
    await clock.run(pm2("online", FIRST));
    expect(happened()).toEqual(["app.starting", "app.running", "app.ready"]);
  });

  test("whose process has crashed before PM2 answers leaves it crashed", async () => {
    const { run, here, clock, happened, pm2 } = runningApp(api);
    here.launches = async () => {
      await pm2("online", FIRST);
      await pm2("exit", FIRST, { exitCode: 1 });
      return { pid: 100, startedAt: FIRST };
    };
    expect(await clock.run(run.start())).toBe(false);
    expect(happened()).toEqual(["app.starting", "app.crashed"]);
  });

  test("that a save restarts before PM2 answers is followed by that of the next process", async () => {
    const { run, here, clock, accepting, happened, pm2 } = runningApp(api);
    accepting.add(5050);
    here.launches = async () => {
      await pm2("online", FIRST);
      run.saved("a.py", Promise.resolve(new Date(FIRST)));
      await pm2("exit", FIRST, { status: "stopping" });
      await pm2("online", SECOND);
      return { pid: 100, startedAt: FIRST };
    };
    expect(await clock.run(run.start())).toBe(true);
    expect(happened()).toEqual(["app.starting", "app.reloading", "app.running", "app.reloaded"]);
  });

  test.each(["while it starts", "later"])(
    "that a save restarts %s is waited for, also where PM2 does not list it",
    async (when) => {
      const { run, here, clock, accepting, happened, pm2 } = runningApp(api);
      accepting.add(5050);
      here.current = () => Promise.reject(new Error("PM2 did not answer list within 15000 ms"));
      const restart = async (): Promise<void> => {
        run.saved("a.py", Promise.resolve(new Date(FIRST)));
        await pm2("exit", FIRST, { status: "stopping" });
        await pm2("online", SECOND);
      };
      here.launches = async () => {
        await pm2("online", FIRST);
        if (when === "while it starts") await restart();
        return { pid: 100, startedAt: FIRST };
      };
      expect(await clock.run(run.start())).toBe(true);
      if (when === "later") await clock.run(restart());
      expect(happened().at(-1)).toBe("app.reloaded");
    },
  );

  test("runs, although the last lines of the crash before it are still awaited", async () => {
    const { run, here, clock, happened, pm2, ready } = runningApp(api);
    await ready();
    const crash = pm2("exit", FIRST, { exitCode: 1 });
    const answer = deferred<{ pid: number; startedAt: number }>();
    here.launches = () => answer.promise;
    const started = run.start();
    await clock.run(crash);
    answer.resolve({ pid: 101, startedAt: SECOND });
    expect(await clock.run(started)).toBe(true);
    expect(happened()).toEqual(["app.starting", "app.crashed", "app.running", "app.ready"]);
  });

  test("of an app whose configuration changed is that of the new one", async () => {
    const { run, clock, accepting, events, ready } = runningApp(api);
    await ready();
    run.reconfigure({ ...api, port: 6060 });
    expect(run.answering.port).toBe(6060);
    accepting.add(6060);
    await clock.run(run.start());
    expect(events[0]).toEqual({ event: "app.starting", app: "api", port: 6060 });
    expect(events.at(-1)).toMatchObject({ event: "app.ready", url: "http://localhost:6060" });
  });
});

describe("the line that an app counts as ready by", () => {
  const withLog = (pattern: LogPattern) =>
    sampleApp({ name: "api", ready: { kind: "log", pattern, timeoutMs: 30_000 } });

  test.each([
    ["plain", "Listening on 1"],
    ["with colours", "\u001b[32mListening\u001b[0m on 1"],
  ])("is found in a line %s", async (_, line) => {
    const { run, clock, happened } = runningApp(withLog(/^Listening on/));
    clock.at(300, () => run.line(line));
    expect(await clock.run(run.start())).toBe(true);
    expect(happened().at(-1)).toBe("app.ready");
  });

  test("is found in the middle of a batch", async () => {
    const { run, clock } = runningApp(withLog(/^Listening on/));
    clock.at(300, () => run.lines(batchOf("api", ["booting", "Listening on 1", "bye"])));
    expect(await clock.run(run.start())).toBe(true);
    expect(clock.monotonic()).toBeLessThan(400);
  });

  test("is not looked for once it was printed: the pattern may be slow", async () => {
    const tried: string[] = [];
    const pattern = { test: (line: string) => (tried.push(line), line === "up") };
    const { run, clock } = runningApp(withLog(pattern));
    const started = run.start();
    run.line("booting");
    run.lines(batchOf("api", ["up", "later"]));
    run.line("more");
    run.lines(batchOf("api", ["and", "more"]));
    await clock.run(started);
    expect(tried).toEqual(["booting", "up"]);
  });

  test("of the process before does not count for the next", async () => {
    const { run, here, clock, pm2, happened } = runningApp(withLog(/^up$/));
    clock.at(10, () => run.line("up"));
    await clock.run(run.start());
    here.current = () => Promise.resolve({ pid: 200, startedAt: SECOND });
    const restarted = pm2("online", SECOND);
    await clock.pass(5_000);
    expect(happened()).toEqual(["app.starting", "app.running", "app.ready", "app.running"]);
    run.line("up");
    await clock.run(restarted);
    expect(happened()).toEqual(["app.ready"]);
  });
});

describe("an exit", () => {
  test("by a signal is a crash with it", async () => {
    const { clock, events, ready, pm2 } = runningApp(api);
    await ready();
    await clock.run(pm2("exit", FIRST, { exitCode: null, signal: "SIGSEGV" }));
    expect(events).toMatchObject([{ event: "app.crashed", exitCode: null, signal: "SIGSEGV" }]);
  });

  test("is a crash with its code and the lines that explain it", async () => {
    const { run, clock, events, watches, ready, pm2 } = runningApp({ ...api, reload: "restart" });
    await ready();
    for (const line of ["serving", "Traceback (most recent call last):", '  File "a.py"', "ValueError: no"])
      run.line(line);
    await clock.run(pm2("exit", FIRST, { exitCode: 3 }));
    expect(events).toEqual([
      {
        event: "app.crashed",
        app: "api",
        during: "run",
        exitCode: 3,
        signal: null,
        excerpt: ["Traceback (most recent call last):", '  File "a.py"', "ValueError: no"],
        evidence: [],
        fixes: [],
        reloads: true,
      },
    ]);
    expect(watches[0]!.ended).toBe(true);
  });

  test("waits for the last lines, which arrive after it", async () => {
    const { run, clock, events, ready, pm2 } = runningApp(api);
    await ready();
    const began = clock.monotonic();
    clock.at(began + 20, () => run.line("KeyError: 'x'"));
    clock.at(began + 40, () => run.lines(batchOf("api", ["the end"])));
    await clock.run(pm2("exit", FIRST, { exitCode: 1 }));
    expect(events[0]).toMatchObject({ event: "app.crashed", excerpt: ["KeyError: 'x'", "the end"] });
  });

  test("of an app that never stops printing is reported all the same", async () => {
    const { run, clock, happened, ready, pm2 } = runningApp(api);
    await ready();
    const began = clock.monotonic();
    for (let ms = 0; ms < 2_000; ms += 5) clock.at(began + ms, () => run.line("noise"));
    await clock.run(pm2("exit", FIRST, { exitCode: 1 }));
    expect(happened()).toEqual(["app.crashed"]);
    expect(clock.monotonic() - began).toBeLessThan(1_000);
  });

  test("ends a start that is still waiting", async () => {
    const { run, clock, happened, pm2 } = runningApp(api);
    const started = run.start();
    await clock.pass(100);
    await clock.run(pm2("exit", FIRST, { exitCode: 1 }));
    expect(await clock.run(started)).toBe(false);
    expect(happened()).toEqual(["app.starting", "app.running", "app.crashed"]);
  });

  test("that PM2 brought about is none", async () => {
    const { clock, happened, ready, pm2 } = runningApp(api);
    await ready();
    await clock.run(pm2("exit", FIRST, { status: "stopping" }));
    await clock.run(pm2("exit", FIRST, { status: "stopped", exitCode: 143 }));
    expect(happened()).toEqual([]);
  });

  test("of an app that was being stopped is none, even where PM2 did not announce it", async () => {
    const { run, clock, happened, watches, ready, pm2 } = runningApp(api);
    await ready();
    run.ending();
    await clock.run(pm2("exit", FIRST, { exitCode: 1 }));
    expect(happened()).toEqual([]);
    expect(watches[0]!.ended).toBe(true);
  });

  test("of a process that was replaced is none", async () => {
    const { run, here, clock, happened, ready, pm2 } = runningApp(api);
    await ready();
    here.launches = () => Promise.resolve({ pid: 101, startedAt: SECOND });
    await clock.run(run.start());
    happened();
    await clock.run(pm2("exit", FIRST, { exitCode: 1 }));
    expect(happened()).toEqual([]);
  });

  test("while the session stops is none, also where the stop begins a moment later", async () => {
    const one = runningApp(api);
    await one.ready();
    one.stopping.abort();
    await one.clock.run(one.pm2("exit", FIRST, { exitCode: 1 }));
    expect(one.happened()).toEqual([]);
    const other = runningApp(api);
    await other.ready();
    other.clock.at(other.clock.monotonic() + 10, () => other.stopping.abort());
    await other.clock.run(other.pm2("exit", FIRST, { exitCode: 1 }));
    expect(other.happened()).toEqual([]);
  });

  test("is explained by what this process printed, not by the one before", async () => {
    const { run, here, clock, events, ready, pm2 } = runningApp(api);
    await ready();
    run.line("old news");
    here.launches = () => Promise.resolve({ pid: 101, startedAt: SECOND });
    await clock.run(run.start());
    run.line("new trouble");
    await clock.run(pm2("exit", SECOND, { exitCode: 1 }));
    expect(events.at(-1)).toMatchObject({ event: "app.crashed", excerpt: ["new trouble"] });
  });
});

describe("a process that PM2 started on its own", () => {
  test("is the app's from then on", async () => {
    const { run, clock, events, watches, ready, pm2 } = runningApp(api);
    await ready();
    await clock.run(pm2("online", SECOND));
    expect(events).toEqual([
      { event: "app.running", app: "api", pid: 200 },
      { event: "app.ready", app: "api", url: "http://localhost:5050", ms: 0 },
    ]);
    expect(run.startedAt).toBe(SECOND);
    expect(watches.map(({ ended }) => ended)).toEqual([true, false]);
  });

  test("that PM2 no longer lists has no pid to report", async () => {
    const { here, clock, happened, ready, pm2 } = runningApp(api);
    await ready();
    here.current = () => Promise.resolve(null);
    await clock.run(pm2("online", SECOND));
    expect(happened()).toEqual(["app.ready"]);
  });

  test("is ignored while the session stops", async () => {
    const { stopping, clock, happened, ready, pm2 } = runningApp(api);
    await ready();
    stopping.abort();
    await clock.run(pm2("online", SECOND));
    expect(happened()).toEqual([]);
  });
});

describe("a save that PM2's watch saw", () => {
  test("is announced, then answered with the time since the save, and is no second readiness", async () => {
    const { run, clock, events, ready, pm2 } = runningApp(api);
    await ready();
    run.saved("a.py", Promise.resolve(SAVED));
    await clock.pass(150);
    await clock.run(pm2("exit", FIRST, { status: "stopping" }));
    await clock.run(pm2("online", SECOND));
    const ms = clock.now().getTime() - SAVED.getTime();
    expect(events).toEqual([
      { event: "app.reloading", app: "api", file: "a.py", savedAt: SAVED.toISOString(), how: "restart" },
      { event: "app.running", app: "api", pid: 200 },
      { event: "app.reloaded", app: "api", file: "a.py", savedAt: SAVED.toISOString(), ms, how: "restart", ok: true },
    ]);
    expect(ms).toBeGreaterThanOrEqual(150);
  });

  test("of a file from the future took no time, rather than less", async () => {
    const { run, clock, events, ready, pm2 } = runningApp(api);
    await ready();
    run.saved("a.py", Promise.resolve(new Date(SAVED.getTime() + 3_600_000)));
    await clock.run(pm2("online", SECOND));
    expect(events.at(-1)).toMatchObject({ event: "app.reloaded", ms: 0 });
  });

  test("whose process crashes is a failed reload first, then the crash", async () => {
    const { run, clock, events, ready, pm2 } = runningApp(api);
    await ready();
    run.saved("a.py", Promise.resolve(SAVED));
    const online = pm2("online", SECOND);
    await clock.run(pm2("exit", SECOND, { exitCode: 1 }));
    await clock.run(online);
    expect(events.filter(({ event }) => event !== "app.running")).toMatchObject([
      { event: "app.reloading" },
      { event: "app.reloaded", ok: false },
      { event: "app.crashed" },
    ]);
  });

  test("ends the wait for the process that is about to end, before PM2 says more", async () => {
    const { run, clock, accepting, happened } = runningApp(api);
    const started = run.start();
    await clock.pass(100);
    run.saved("a.py", Promise.resolve(SAVED));
    // from here on it is the next process that would answer
    accepting.add(5050);
    expect(await clock.run(started)).toBe(false);
    expect(happened()).toEqual(["app.starting", "app.running", "app.reloading"]);
  });

  test("is announced before it is answered, however long its time takes to find", async () => {
    const { run, clock, happened, ready, pm2 } = runningApp(api);
    await ready();
    const savedAt = deferred<Date>();
    run.saved("a.py", savedAt.promise);
    const online = pm2("online", SECOND);
    await clock.pass(500);
    expect(happened()).toEqual(["app.running"]);
    savedAt.resolve(SAVED);
    await clock.run(online);
    expect(happened()).toEqual(["app.reloading", "app.reloaded"]);
  });

  test("is forgotten by a restart that the user asked for", async () => {
    const { run, here, clock, happened, ready } = runningApp(api);
    await ready();
    run.saved("a.py", Promise.resolve(SAVED));
    here.launches = () => Promise.resolve({ pid: 101, startedAt: SECOND });
    await clock.run(run.start());
    expect(happened().filter((name) => name !== "app.reloading")).toEqual(["app.starting", "app.running", "app.ready"]);
  });
});

describe("a warm Python", () => {
  const reloaded = {
    what: "reloaded",
    file: "a.py",
    savedAt: SAVED.getTime(),
    noticedAt: SAVED.getTime(),
    forkedAt: SAVED.getTime(),
    importedAt: SAVED.getTime(),
    answeringAt: SAVED.getTime() + 12,
    pid: 102,
    warm: true,
    p50: 12,
    p95: 12,
  } as const;
  const reloading = { what: "reloading", file: "a.py", savedAt: SAVED.getTime() } as const;
  const crashed: LifecycleReport = {
    what: "crashed",
    file: null,
    savedAt: null,
    excerpt: ["ValueError: no"],
    during: "import",
    exitCode: 1,
    signal: null,
  };

  function warmApp(more: Parameters<typeof sampleApp>[0] = {}) {
    const app = runningApp({ ...api, reload: "warm", ...more });
    app.here.warm = true;
    return app;
  }

  test("is ready when it reports that its code answers: its port is open before", async () => {
    const { run, clock, accepting, happened } = warmApp();
    accepting.add(5050);
    const started = run.start();
    await clock.pass(5_000);
    expect(happened()).toEqual(["app.starting", "app.running"]);
    run.warm({ what: "ready", pid: 101, port: 5050, ms: 20 });
    expect(await clock.run(started)).toBe(true);
    expect(happened()).toEqual(["app.ready"]);
  });

  test("is asked as the configuration says, where it says something", async () => {
    const { run, clock, accepting } = warmApp({ ready: { kind: "tcp", port: 5050, timeoutMs: 30_000 } });
    accepting.add(5050);
    expect(await clock.run(run.start())).toBe(true);
  });

  test("that crashed during its start is not called slow as well", async () => {
    const { run, clock, events, accepting } = warmApp();
    accepting.add(5050);
    const started = run.start();
    await clock.pass(10);
    run.warm(crashed);
    await clock.pass(40_000);
    expect(events.map(({ event }) => event)).toEqual(["app.starting", "app.running", "app.crashed"]);
    run.warm(reloaded);
    expect(await clock.run(started)).toBe(true);
  });

  test("that crashed, then answered, and is still not what the configuration calls ready, is slow", async () => {
    const { run, clock, happened } = warmApp({ ready: { kind: "tcp", port: 5050, timeoutMs: 30_000 } });
    void run.start();
    await clock.pass(10);
    run.warm(crashed);
    run.warm(reloaded);
    happened();
    await clock.pass(31_000);
    expect(happened()).toEqual(["diagnostic", "app.failed"]);
  });

  test("is ending from when it or its session is stopped until its next start", async () => {
    const { run, here, stopping, ready, clock } = warmApp();
    expect(run.isEnding).toBe(false);
    await ready();
    expect(run.isEnding).toBe(false);
    run.ending();
    expect(run.isEnding).toBe(true);
    here.launches = () => Promise.resolve({ pid: 102, startedAt: SECOND });
    const again = run.start();
    await clock.pass(10);
    expect(run.isEnding).toBe(false);
    run.warm(reloaded);
    await clock.run(again);
    stopping.abort();
    expect(run.isEnding).toBe(true);
  });

  test("is not watched while its worker is replaced or gone, and is again once one answers", async () => {
    const { run, watches, ready } = warmApp();
    await ready();
    const open = (): number => watches.filter(({ ended }) => !ended).length;
    expect(open()).toBe(1);
    run.warm(reloading);
    expect(open()).toBe(0);
    run.warm({ what: "notice", text: "still importing" });
    expect(open()).toBe(0);
    run.warm(reloaded);
    expect(open()).toBe(1);
    run.warm(crashed);
    expect(open()).toBe(0);
    run.warm({ what: "ready", pid: 103, port: 5050, ms: 4 });
    expect(open()).toBe(1);
  });
});
