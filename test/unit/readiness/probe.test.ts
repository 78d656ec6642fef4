import { describe, expect, onTestFinished, test } from "vitest";
import { ownListeners } from "../../../src/readiness/own-listeners.ts";
import { awaitReady, type Probe, type Probed, type ProbeTarget } from "../../../src/readiness/probe.ts";
import type { Network } from "../../../src/system/network.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { machine } from "../machine.ts";
import { virtualClock } from "../virtual-clock.ts";

/** An app that comes up as the test says: what accepts, what answers, whose it is. */
function app(probe: Probe, more: Partial<ProbeTarget> = {}) {
  const clock = virtualClock();
  const accepts = new Set<number>();
  const owned = new Set<number>();
  const status = new Map<number, number>();
  const secure = new Set<number>();
  const asked: string[] = [];
  /** When it was tried whether something accepts. */
  const tried: number[] = [];
  const reported = deferred();
  const stop = new AbortController();
  let print = (): void => {};
  const network = {
    connects: (port: number) => (tried.push(clock.monotonic()), Promise.resolve(accepts.has(port))),
    status: (port: number, path: string, how: { secure: boolean }) => {
      asked.push(`${how.secure ? "https" : "http"} ${port} ${path}`);
      return Promise.resolve(accepts.has(port) ? (status.get(port) ?? null) : null);
    },
    speaksTls: (port: number) => Promise.resolve(secure.has(port)),
  } as unknown as Network;
  const target: ProbeTarget = {
    probe,
    port: 5050,
    answers: reported.promise,
    printing: (heard) => (print = heard),
    unlikelyUntil: 0,
    signal: stop.signal,
    own: {
      holds: (port) => owned.has(port),
      ports: () => [...owned],
      sockets: () => [],
      on: () => [],
      wasSeen: () => true,
    },
    portFinder: null,
    mayBeTls: () => false,
    ...more,
  };
  const listen = (port: number, ours = true): void => {
    accepts.add(port);
    if (ours) owned.add(port);
  };
  return {
    clock,
    listen,
    owned,
    status,
    secure,
    asked,
    tried,
    reported,
    prints: () => print(),
    stop,
    ready: (): Promise<Probed> => clock.run(awaitReady(clock, network, target)),
  };
}

const timeoutMs = 30_000;

describe("by default an app is ready", () => {
  test("when its own process accepts connections on its port", async () => {
    const one = app({ kind: "default", timeoutMs });
    one.clock.at(400, () => one.listen(5050));
    expect(await one.ready()).toEqual({ ready: true, port: 5050 });
    expect(one.clock.monotonic()).toBeLessThan(430);
  });

  test("not when another program answers on that port; only once its own does", async () => {
    const one = app({ kind: "default", timeoutMs });
    one.listen(5050, false);
    one.clock.at(2_000, () => one.owned.add(5050));
    expect((await one.ready()).ready).toBe(true);
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(2_000);
  });

  test("without a port once its process has lived for a second", async () => {
    const one = app({ kind: "default", timeoutMs }, { port: null });
    expect(await one.ready()).toEqual({ ready: true, port: null });
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(1_000);
  });

  test("where it was found to listen, though it claims another port", async () => {
    const one = app(
      { kind: "default", timeoutMs },
      { portFinder: { look: () => Promise.resolve(8000), printed: () => null } },
    );
    one.listen(8000);
    expect(await one.ready()).toEqual({ ready: true, port: 8000 });
  });
});

describe("by a URL", () => {
  const probe: Probe = { kind: "http", path: "/health", timeoutMs };

  test.each([
    [200, true],
    [302, true],
    [399, true],
    [400, false],
    [404, false],
    [503, false],
  ])("status %i is ready: %s", async (code, ready) => {
    const one = app({ ...probe, timeoutMs: 200 });
    one.listen(5050);
    one.status.set(5050, code);
    expect((await one.ready()).ready).toBe(ready);
    expect(one.asked[0]).toBe("http 5050 /health");
  });

  test("the answer has to be its own", async () => {
    const one = app({ ...probe, timeoutMs: 200 });
    one.listen(5050, false);
    one.status.set(5050, 200);
    expect(await one.ready()).toEqual({ ready: false, why: "deadline" });
  });

  test("over TLS only where the app may speak it, and does", async () => {
    const one = app(probe, { mayBeTls: () => true });
    one.listen(5050);
    one.status.set(5050, 200);
    one.secure.add(5050);
    await one.ready();
    expect(one.asked).toEqual(["https 5050 /health"]);
  });
});

describe("by other means", () => {
  test("a port that is not its own may be anyone's: that is what the config asks for", async () => {
    const one = app({ kind: "tcp", port: 9_000, timeoutMs });
    one.listen(9_000, false);
    expect((await one.ready()).ready).toBe(true);
  });

  test("its own port by tcp has to be its own", async () => {
    const one = app({ kind: "tcp", port: 5050, timeoutMs: 500 });
    one.listen(5050, false);
    expect((await one.ready()).ready).toBe(false);
  });

  test("a line of its output, whatever listens", async () => {
    const one = app({ kind: "log", pattern: { test: () => true }, timeoutMs } as unknown as Probe);
    one.clock.at(3_000, () => one.reported.resolve());
    expect(await one.ready()).toEqual({ ready: true, port: 5050 });
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(3_000);
  });

  test("a line, and the port that it printed", async () => {
    const one = app({ kind: "log", pattern: { test: () => true }, timeoutMs } as unknown as Probe, {
      portFinder: { look: () => Promise.resolve(null), printed: () => 8_123 },
    });
    one.reported.resolve();
    expect(await one.ready()).toEqual({ ready: true, port: 8_123 });
  });

  test("its own report, and then that it accepts", async () => {
    const one = app({ kind: "reported", timeoutMs });
    one.listen(5050);
    one.clock.at(1_500, () => one.reported.resolve());
    expect((await one.ready()).ready).toBe(true);
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(1_500);
  });
});

describe("a wait that does not end well", () => {
  test("ends at its deadline", async () => {
    const one = app({ kind: "default", timeoutMs: 5_000 });
    expect(await one.ready()).toEqual({ ready: false, why: "deadline" });
    expect(one.clock.monotonic()).toBeGreaterThanOrEqual(5_000);
    expect(one.clock.monotonic()).toBeLessThan(5_100);
  });

  test("ends when its process does", async () => {
    const one = app({ kind: "default", timeoutMs });
    one.clock.at(700, () => one.stop.abort());
    expect(await one.ready()).toEqual({ ready: false, why: "aborted" });
  });
});

describe("whose a listener is", () => {
  const OWNER = { app: "api", session: "s1", pid: 100 };
  function kernel() {
    const simulated = machine();
    simulated.start(100);
    simulated.start(101, { ppid: 100 });
    return { ...simulated, own: ownListeners(simulated, OWNER) };
  }

  test("the app's: its process, or one below it", () => {
    const { own, listen } = kernel();
    listen(5050, 100);
    listen(5051, 101);
    expect([own.holds(5050), own.holds(5051)]).toEqual([true, true]);
    expect(new Set(own.ports())).toEqual(new Set([5050, 5051]));
    expect(own.on(5051)).toEqual([101]);
  });

  test("the app's: a daemon that left its parents, by its mark", () => {
    const { own, listen, start } = kernel();
    start(200, { env: { DEVPM_SESSION: "s1", DEVPM_APP: "api" } });
    listen(5050, 200);
    expect(own.holds(5050)).toBe(true);
    expect(own.on(5050)).toEqual([200]);
    expect(own.ports()).toEqual([]);
  });

  test.each([
    ["another app's of this session", { DEVPM_SESSION: "s1", DEVPM_APP: "web" }],
    ["another session's", { DEVPM_SESSION: "s2", DEVPM_APP: "api" }],
    ["anyone's", {}],
  ])("not the app's: %s", (_, env) => {
    const { own, listen, start } = kernel();
    start(200, { env });
    listen(5050, 200);
    expect(own.holds(5050)).toBe(false);
    expect(own.wasSeen(5050)).toBe(false);
    expect(own.on(5050)).toEqual([]);
  });

  test("counted as the app's where it cannot be known: an unseen owner, a container's proxy, an engine without one", () => {
    const { own, listen, start } = kernel();
    listen(5050, null);
    start(300, { exe: "/usr/bin/docker-proxy" });
    listen(5051, 300);
    const known = [5050, 5051, 5052];
    expect(known.map((port) => own.holds(port))).toEqual([true, true, true]);
    expect(known.map((port) => own.wasSeen(port))).toEqual([true, true, false]);
  });
});

describe("an app that boots is probed", () => {
  /** When it is tried until it listens, one after the other. */
  async function triedUntil(listens: number, prints: readonly number[] = [], unlikelyUntil = 0): Promise<number[]> {
    const one = app({ kind: "default", timeoutMs }, { unlikelyUntil });
    one.clock.at(listens, () => one.listen(5050));
    for (const at of prints) one.clock.at(at, one.prints);
    await one.ready();
    return one.tried;
  }
  const gaps = (times: readonly number[]): number[] => times.slice(1).map((at, index) => at - times[index]!);

  test("less often the longer nothing is heard of it, and not much later than it listens", async () => {
    const tried = await triedUntil(3_000);
    expect(Math.min(...gaps(tried))).toBe(15);
    expect(Math.max(...gaps(tried))).toBe(30);
    expect(tried.length).toBeLessThan(110);
    expect(tried.at(-1)).toBeLessThan(3_031);
  });

  test("seldom while it would be ready sooner than ever before, and then as always", async () => {
    const tried = await triedUntil(3_000, [], 1_000);
    expect(gaps(tried.filter((at) => at <= 960))).toEqual(Array.from({ length: 16 }, () => 60));
    expect(Math.max(...gaps(tried.filter((at) => at >= 1_000)))).toBe(30);
    expect(tried.find((at) => at >= 1_000)).toBeLessThan(1_031);
  });

  test("as always once it has printed, also where that is sooner than ever before", async () => {
    const late = await triedUntil(2_000, [500]);
    const early = await triedUntil(2_000, [500], 1_000);
    const after = (tried: readonly number[]): number[] => gaps(tried.filter((at) => at >= 500));
    expect(after(early)).toEqual(after(late));
  });

  test("at once when it prints, as most servers do once they listen", async () => {
    const silent = await triedUntil(3_000);
    const last = silent.find((at) => at > 1_000)!;
    expect(await triedUntil(last + 20, [last + 20])).toEqual([...silent.filter((at) => at <= last), last + 20]);
  });

  test("not at each line of one that prints much", async () => {
    const lines = Array.from({ length: 500 }, (_, at) => at);
    expect(Math.min(...gaps(await triedUntil(500, lines)))).toBe(15);
  });

  test("not any more once it is ready: a promise that is fulfilled again at each line takes its time", async () => {
    let fulfilled = 0;
    const count = (): void => void fulfilled++;
    process.on("multipleResolves", count);
    onTestFinished(() => void process.off("multipleResolves", count));
    const one = app({ kind: "default", timeoutMs });
    one.listen(5050);
    await one.ready();
    for (let line = 0; line < 5; line++) one.prints();
    await new Promise((resolve) => setImmediate(resolve));
    expect(fulfilled).toBe(0);
  });

  test("again soon after it has printed: what it says that it does may be done soon", async () => {
    const tried = await triedUntil(2_000, [1_500]);
    expect(gaps(tried.filter((at) => at > 1_500))[0]).toBe(15);
  });

  test("at once when it reports, and not over and over where its port is not open yet", async () => {
    const one = app({ kind: "reported", timeoutMs });
    one.clock.at(1_003, () => one.reported.resolve());
    one.clock.at(1_500, () => one.listen(5050));
    await one.ready();
    expect(one.tried[0]).toBe(1_003);
    expect(Math.min(...gaps(one.tried))).toBe(15);
  });

  test("at once when its line was printed", async () => {
    const one = app({ kind: "log", pattern: /up/, timeoutMs });
    one.clock.at(1_003, () => one.reported.resolve());
    await one.ready();
    expect(one.clock.monotonic()).toBe(1_003);
  });
});
