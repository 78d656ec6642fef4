import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { WarmReport } from "../../../src/model/protocol.ts";
import type { OwnListeners } from "../../../src/readiness/own-listeners.ts";
import type { WatchedPort } from "../../../src/readiness/port-watch.ts";
import { AppPort } from "../../../src/session/apps/app-port.ts";
import {
  afterReport,
  warmEvents,
  type LifecycleReport,
  type WarmState,
} from "../../../src/session/apps/warm-reports.ts";
import type { Network } from "../../../src/system/network.ts";
import { sampleApp } from "../plan/sample.ts";
import { virtualClock } from "../virtual-clock.ts";

const app = sampleApp({ name: "api", port: 5050 });
const NOW = new Date("2026-01-31T12:00:10.000Z");
const T = Date.parse("2026-01-31T12:00:00.000Z");

const ready: LifecycleReport = { what: "ready", pid: 9, port: 5050, ms: 300.6 };
const reloaded: Extract<WarmReport, { what: "reloaded" }> = {
  what: "reloaded",
  file: "a.py",
  savedAt: T,
  noticedAt: T + 1.26,
  forkedAt: T + 2,
  importedAt: T + 10,
  answeringAt: T + 12,
  pid: 10,
  warm: true,
  p50: 12,
  p95: 20,
};
const crashed: Extract<WarmReport, { what: "crashed" }> = {
  what: "crashed",
  file: "a.py",
  savedAt: T,
  excerpt: ["ValueError: no"],
  during: "import",
  exitCode: 1,
  signal: null,
};

describe("the state of a warm Python", () => {
  test.each([
    ["starting", ready, "starting"],
    ["starting", crashed, "starting"],
    ["up", crashed, "down"],
    ["down", crashed, "down"],
    ["down", ready, "up"],
    ["down", reloaded, "up"],
    ["up", reloaded, "up"],
    ["down", { what: "notice", text: "x" }, "down"],
    ["down", { what: "reloading", file: "a.py", savedAt: T }, "down"],
    ["down", { what: "preloaded", modules: 1, ms: 1 }, "down"],
  ] as [WarmState, LifecycleReport, WarmState][])("%s, then %j: %s", (before, report, after) => {
    expect(afterReport(before, report)).toBe(after);
  });
});

describe("what a report means to the session", () => {
  const events = (report: LifecycleReport, state: WarmState = "up"): SessionEvent[] =>
    warmEvents(app, report, state, NOW);

  test("its first readiness is found by the probe; after a crash its own report counts", () => {
    expect(events(ready, "starting")).toEqual([]);
    expect(events(ready, "up")).toEqual([]);
    expect(events(ready, "down")).toEqual([
      { event: "app.running", app: "api", pid: 9 },
      { event: "app.ready", app: "api", url: "http://localhost:5050", ms: 301 },
    ]);
  });

  test("a reload that answers has its times since the save, to a tenth", () => {
    expect(events(reloaded)).toEqual([
      { event: "app.running", app: "api", pid: 10 },
      {
        event: "app.reloaded",
        app: "api",
        file: "a.py",
        savedAt: "2026-01-31T12:00:00.000Z",
        ms: 12,
        how: "warm",
        ok: true,
        timeline: { noticed: 1.3, forked: 2, imported: 10, answering: 12, p50: 12, p95: 20, grown: null },
      },
    ]);
  });

  test("one that had to import the libraries too says so", () => {
    const [, event] = events({ ...reloaded, warm: false });
    expect(event).toMatchObject({ event: "app.reloaded", timeline: { libraries: true } });
  });

  test("a file with an old time is not answered before it was saved", () => {
    const [, event] = events({ ...reloaded, savedAt: T + 100 });
    expect(event).toMatchObject({ ms: 0, timeline: { noticed: 0, answering: 0 } });
  });

  test("a save that does not import is a failed reload and a crash without the framework's exit code", () => {
    const [reload, crash] = events(crashed);
    expect(reload).toMatchObject({ event: "app.reloaded", ok: false, file: "a.py", ms: 10_000 });
    expect(crash).toMatchObject({
      event: "app.crashed",
      during: "import",
      exitCode: null,
      signal: null,
      excerpt: ["ValueError: no"],
    });
  });

  test("a crash that no save caused is no reload", () => {
    expect(events({ ...crashed, file: null, savedAt: null, during: "run", exitCode: 3 })).toMatchObject([
      { event: "app.crashed", during: "run", exitCode: 3 },
    ]);
  });

  test("a port that was taken is no error of the code's import, even where a script listens while it is imported", () => {
    const excerpt = ["OSError: [Errno 98] Address already in use"];
    expect(events({ ...crashed, excerpt }).at(-1)).toMatchObject({ during: "run", exitCode: 1 });
  });

  test("a notice carries the app's name, and what is loaded ahead is nothing to the user", () => {
    expect(events({ what: "notice", text: "watching by polling" })).toEqual([
      { event: "notice", text: "api: watching by polling" },
    ]);
    expect(events({ what: "preloaded", modules: 9, ms: 1 })).toEqual([]);
  });
});

describe("where an app listens", () => {
  function listening() {
    const clock = virtualClock();
    const events: SessionEvent[] = [];
    const secure = new Set<number>();
    const plain = new Set<number>();
    const watches: WatchedPort[] = [];
    let unwatched = 0;
    const port = new AppPort({
      clock,
      network: {
        speaksTls: (one: number) => Promise.resolve(secure.has(one)),
        beginsTls: (one: number) => Promise.resolve(secure.has(one)),
        status: (one: number) => Promise.resolve(plain.has(one) ? 200 : null),
      } as unknown as Network,
      emit: (event) => void events.push(event),
      own: () =>
        ({
          holds: () => true,
          wasSeen: () => true,
          ports: () => [],
          sockets: () => [],
          on: () => [100],
        }) satisfies OwnListeners,
      taken: () => [5173],
      freeAbove: (above) => Promise.resolve(above + 3),
      watchPort: (watched) => {
        watches.push(watched);
        return () => void unwatched++;
      },
    });
    return { clock, events, secure, plain, port, watches, unwatched: () => unwatched };
  }
  const never = (): boolean => false;

  test("is where it claims, and nothing is said", async () => {
    const { port, events } = listening();
    await port.settle(app, 5050, never);
    expect(port.of(app)).toMatchObject({ port: 5050, https: false });
    expect(events).toEqual([]);
  });

  test("is elsewhere, and is said once", async () => {
    const { port, events } = listening();
    await port.settle(app, 8000, never);
    await port.settle(app, 8000, never);
    expect(port.of(app).port).toBe(8000);
    expect(events).toEqual([{ event: "notice", text: "api listens on 8000, not 5050" }]);
  });

  test("is a port that browsers refuse: that is said once, with another one", async () => {
    const { port, events } = listening();
    const x11 = { ...app, port: 6000, ports: [6001] };
    await port.settle(x11, 6000, never);
    expect(events).toMatchObject([
      {
        event: "diagnostic",
        code: "DEVPM_PORT_UNSAFE",
        severity: "warning",
        evidence: [
          ["app", "api (apps.api.port, or --port)"],
          ["refused", expect.stringMatching("http://localhost:6000,")],
        ],
        fixes: [{ command: "devpm dev --port api=6003" }, { command: "devpm down && devpm dev --port api=6003" }],
      },
    ]);
    await port.settle(x11, 6000, never);
    expect(events).toHaveLength(1);
  });

  test("is no address of a browser: nothing is said of a further port, nor of one that it claims in vain", async () => {
    const { port, events } = listening();
    await port.settle({ ...app, ports: [6000] }, 5050, never);
    expect(events).toEqual([]);
    await port.settle({ ...app, port: 6000 }, 5051, never);
    expect(events).toEqual([{ event: "notice", text: "api listens on 5051, not 5050" }]);
  });

  test("speaks TLS only where it may, and does", async () => {
    const { port, secure } = listening();
    secure.add(5050);
    await port.settle(app, 5050, never);
    expect(port.of(app).https).toBe(false);
    await port.settle(app, 5050, () => true);
    expect(port.of(app).https).toBe(true);
  });

  test("is asked again where it is to speak TLS and drops its first handshake", async () => {
    const { port, secure, clock } = listening();
    const settled = port.settle({ ...app, https: true }, 5050, () => true);
    await clock.pass(1_000);
    secure.add(5050);
    await clock.pass(200);
    await settled;
    expect(port.of(app).https).toBe(true);
  });

  test("is plain where it answers so, or speaks no TLS for long", async () => {
    const { port, plain, clock } = listening();
    plain.add(5050);
    await port.settle({ ...app, https: true }, 5050, () => true);
    expect(port.of(app).https).toBe(false);
    plain.clear();
    const settled = port.settle({ ...app, https: true }, 5050, () => true);
    await clock.pass(15_000);
    await settled;
    expect(port.of(app).https).toBe(false);
  });

  test("is forgotten with its process", async () => {
    const { port } = listening();
    await port.settle(app, 8000, never);
    port.forget();
    expect(port.of(app)).toBe(app);
  });

  test("an app without a port has none", async () => {
    const { port } = listening();
    await port.settle(sampleApp(), null, never);
    port.watch(sampleApp(), 100);
    expect(port.of(sampleApp()).port).toBeNull();
  });

  test("is watched: that it closes is a failure with the reason, that it opens again is ready after so long", async () => {
    const { port, events, watches, clock } = listening();
    await port.settle(app, 5050, never);
    port.watch(app, 100);
    watches[0]!.changed("closed");
    await clock.pass(2_500);
    watches[0]!.changed("open");
    expect(events).toEqual([
      { event: "app.failed", app: "api", reason: "port 5050 is closed, and its process still runs", lost: true },
      { event: "app.ready", app: "api", url: "http://localhost:5050", ms: 2_500 },
    ]);
  });

  test("is watched once: a new process takes the place of the old one", async () => {
    const { port, watches, unwatched } = listening();
    await port.settle(app, 5050, never);
    port.watch(app, 100);
    port.watch(app, 101);
    expect([watches.length, unwatched()]).toEqual([2, 1]);
    port.unwatch();
    port.unwatch();
    expect(unwatched()).toBe(2);
  });

  test("a server that is not Node's is asked for TLS only where it printed that it speaks it", async () => {
    const { port, secure } = listening();
    const target = async (toolchain: "node" | "python", lines: string[]) =>
      await port.target({ ...app, toolchain }, 100, () => lines).mayBeTls(5050);
    // it does not begin a handshake, then it does
    expect(await target("node", [])).toBe(false);
    secure.add(5050);
    expect(await target("node", [])).toBe(true);
    expect(await target("python", [])).toBe(false);
    expect(await target("python", ["Running on https://127.0.0.1:5050"])).toBe(true);
  });
});
