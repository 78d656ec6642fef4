import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import { createLoopGuard } from "../../../src/session/apps/loop-guard.ts";
import type { System } from "../../../src/system/system.ts";
import { sampleApp } from "../plan/sample.ts";
import { machine } from "../machine.ts";
import { app as recorded, record } from "../teardown/sample.ts";
import { virtualClock } from "../virtual-clock.ts";

const web = sampleApp({ name: "web", cwd: "/p/web", reload: "restart" });
const FILE = "/p/web/schema.json";
/** Saves in a row that look like a loop. */
const ENOUGH = 4;

/** An app that PM2 restarts at each save; what writes its files is what the test says. */
function guarded(outputs: readonly string[] = []) {
  const clock = virtualClock();
  const { processes, ports, start } = machine();
  const began = clock.now().getTime();
  const saves = new Map<string, number>();
  const events: SessionEvent[] = [];
  const restarts: string[] = [];
  const order: string[] = [];
  const stopping = new AbortController();
  let bytes = 0;
  const here = {
    counts: true,
    openForWriting: false,
    printedOn: [] as string[],
    printers: [] as (readonly number[])[],
  };
  start(100, { command: "node build.js" });
  const system = {
    clock,
    ports,
    environment: { pid: 1, outputs },
    processes: {
      ...processes,
      writes: () => here.openForWriting,
      printedOn: (others: readonly number[]) => (here.printers.push(others), here.printedOn),
      written: () => (here.counts ? { inAll: bytes, toDisk: bytes } : null),
    },
    files: {
      savedAt: (file: string) => Promise.resolve(saves.get(file) ?? 0),
      flush: (file: string) => (order.push(`flush ${file}`), Promise.resolve()),
      isInMemory: () => Promise.resolve(false),
      readBytes: () => null,
    },
  } as unknown as System;
  const guard = createLoopGuard(system, {
    emit: (event) => void events.push(event),
    record: () => record({ apps: [recorded("web", [100])] }),
    restart: (name) => void restarts.push(name),
    stopping: stopping.signal,
  });
  /** It is saved now, by the app itself where it is written by it. */
  const write = (file: string, byApp: boolean): void => {
    saves.set(file, clock.now().getTime());
    if (byApp) bytes += 4_096;
  };
  return {
    clock,
    events,
    restarts,
    order,
    stopping,
    here,
    guard,
    write,
    /** A start, then a save of the file after so long. */
    async round(after = 500, file = "schema.json", byApp = true) {
      const startedAt = clock.now().getTime();
      await clock.pass(after);
      write(`/p/web/${file}`, byApp);
      guard.saved(web, file, startedAt);
      await clock.pass(20);
    },
    now: () => clock.now().getTime() - began,
  };
}

/** Restarted so often that it is under suspicion. */
async function suspected() {
  const one = guarded();
  for (let n = 0; n < ENOUGH; n++) await one.round();
  return one;
}

const pausing = (one: ReturnType<typeof guarded>): Promise<void> =>
  one.guard.pause(web, () => (one.order.push("ended"), Promise.resolve()));

describe("an app that PM2 restarts at each save", () => {
  test("is never restarted by what devpm itself prints into", async () => {
    const one = guarded(["/p/web/[out].txt"]);
    expect([one.guard.ignored("web"), one.guard.unwatched("web")]).toEqual([
      ["/p/web/?out?.txt"],
      ["/p/web/?out?.txt"],
    ]);
    for (let n = 0; n < ENOUGH; n++) await one.round();
    await tested(one, () => one.write(FILE, true));
    await tested(one, () => one.write(FILE, true));
    expect(one.guard.ignored("web")).toEqual(["/p/web/?out?.txt", FILE]);
  });

  test("is started again once for what is printed into since it started, and is no longer restarted by it", () => {
    const one = guarded();
    const saved = (file: string) => one.guard.saved(web, file, 0);
    expect(saved("log.txt")).toBe(true);
    one.guard.printedInto(["/p/web/log.txt"]);
    expect([saved("log.txt"), saved("log.txt"), saved("a.js")]).toEqual([false, false, true]);
    expect(one.restarts).toEqual(["web"]);
    expect([one.guard.unwatched("web"), one.guard.ignored("web")]).toEqual([["/p/web/log.txt"], ["/p/web/log.txt"]]);
    expect(saved("log.txt")).toBe(false);
    expect(one.restarts).toEqual(["web", "web"]);
  });

  test("is started again without what reads devpm's output and writes it into a file, which is no test", async () => {
    const one = guarded();
    one.here.printedOn = [FILE, "/p/web/other.log"];
    for (let n = 0; n < ENOUGH; n++) await one.round(500, "schema.json", false);
    expect(one.restarts).toEqual(["web"]);
    expect(one.guard.unwatched("web")).toEqual([FILE, "/p/web/other.log"]);
    await one.clock.run(pausing(one));
    expect(one.order).toEqual([]);
    expect(one.events).toEqual([
      { event: "notice", text: "web is no longer restarted by schema.json: what devpm prints is written there" },
    ]);
    one.guard.started(web, 100);
    expect(one.guard.saved(web, "a.js", one.clock.now().getTime())).toBe(true);
  });

  test("is looked for in what each client prints that is still there", async () => {
    const one = guarded();
    one.guard.printedBy(7)();
    one.guard.printedBy(8);
    for (let n = 0; n < ENOUGH; n++) await one.round(500, "schema.json", false);
    expect(one.here.printers).toEqual([[8]]);
  });

  test("is under suspicion after as many even saves, and is started again for the test", async () => {
    const one = guarded();
    for (let n = 1; n < ENOUGH; n++) await one.round();
    expect(one.restarts).toEqual([]);
    await one.round();
    expect(one.restarts).toEqual(["web"]);
  });

  test("is not, where the saves come as a person makes them", async () => {
    const one = guarded();
    for (const after of [500, 4_000, 1_200, 9_000, 700, 2_600]) await one.round(after);
    expect(one.restarts).toEqual([]);
    await one.clock.run(pausing(one));
    expect(one.order).toEqual([]);
  });

  test("nor before it ever started", async () => {
    const one = guarded();
    for (let n = 0; n < 2 * ENOUGH; n++) {
      one.write(FILE, true);
      one.guard.saved(web, "schema.json", 0);
      await one.clock.pass(500);
    }
    expect(one.restarts).toEqual([]);
  });
});

/** A start of the app that is tested, and what is written in it. */
async function tested(one: ReturnType<typeof guarded>, write: () => void): Promise<void> {
  await one.clock.run(pausing(one));
  one.guard.started(web, 100);
  await one.clock.pass(400);
  write();
  await one.clock.pass(2_000);
}

/** The first test found the app to write: the second one is due. */
async function agreed() {
  const one = await suspected();
  await tested(one, () => one.write(FILE, true));
  expect([one.events, one.restarts]).toEqual([[], ["web", "web"]]);
  one.order.length = 0;
  return one;
}

describe("the first test", () => {
  test("does not keep the app down; its files are on the disk, and are not watched meanwhile", async () => {
    const one = await suspected();
    expect(one.guard.unwatched("web")).toEqual([]);
    const from = one.now();
    await pausing(one);
    expect(one.order).toEqual(["ended", `flush ${FILE}`]);
    expect(one.now()).toBe(from);
    expect(one.guard.unwatched("web")).toEqual([FILE]);
    // a save of it is still one that has to be live
    expect(one.guard.ignored("web")).toEqual([]);
  });

  test("finds that a user writes it: it is watched again at once, and the save restarts the app", async () => {
    const one = await suspected();
    await one.clock.run(pausing(one));
    one.guard.started(web, 100);
    await one.clock.pass(400);
    one.write(FILE, false);
    await one.clock.pass(50);
    expect([one.events, one.guard.unwatched("web"), one.restarts]).toEqual([[], [], ["web", "web"]]);
  });

  test("finds that nothing writes it", async () => {
    const one = await suspected();
    await one.clock.run(pausing(one));
    one.guard.started(web, 100);
    await one.clock.pass(30_000);
    expect([one.events, one.guard.unwatched("web"), one.restarts]).toEqual([[], [], ["web", "web"]]);
  });

  test("is made less and less often of a user who saves evenly", async () => {
    const one = guarded();
    const testsAfter: number[] = [];
    for (let save = 1; save <= 40; save++) {
      const before = one.restarts.length;
      await one.round(500, "schema.json", false);
      if (one.restarts.length === before) continue;
      testsAfter.push(save);
      await tested(one, () => one.write(FILE, false));
    }
    expect(testsAfter).toEqual([4, 12, 28]);
  });

  test("is made once for a loop: saves meanwhile begin no other", async () => {
    const one = await suspected();
    for (let n = 0; n < 2 * ENOUGH; n++) await one.round();
    expect(one.restarts).toEqual(["web"]);
    const twice = guarded();
    for (let n = 1; n < ENOUGH; n++) await twice.round();
    const startedAt = twice.clock.now().getTime();
    await twice.clock.pass(500);
    twice.write(FILE, true);
    for (let n = 0; n < 2; n++) twice.guard.saved(web, "schema.json", startedAt);
    await twice.clock.pass(20);
    expect(twice.restarts).toEqual(["web"]);
  });

  test("is of the last start alone: one in between is no second test", async () => {
    const one = await suspected();
    await one.clock.run(pausing(one));
    one.guard.started(web, 100);
    await one.clock.pass(100);
    await one.clock.run(pausing(one));
    one.guard.started(web, 100);
    await one.clock.pass(400);
    one.write(FILE, true);
    await one.clock.pass(2_000);
    expect([one.events, one.restarts]).toEqual([[], ["web", "web"]]);
  });

  test("ends with the session", async () => {
    const one = await suspected();
    await one.clock.run(pausing(one));
    one.guard.started(web, 100);
    await one.clock.pass(100);
    one.stopping.abort();
    one.write(FILE, true);
    await one.clock.pass(30_000);
    expect([one.events, one.restarts]).toEqual([[], ["web"]]);
  });
});

describe("the second test", () => {
  test("keeps the app down for a while, with its files on the disk", async () => {
    const one = await agreed();
    const from = one.now();
    await one.clock.run(pausing(one));
    expect(one.order).toEqual(["ended", `flush ${FILE}`]);
    expect(one.now() - from).toBeGreaterThanOrEqual(1_000);
    expect([one.guard.unwatched("web"), one.guard.ignored("web")]).toEqual([[FILE], []]);
  });

  test("is over at once where the user saves while it is down: it is started as it is", async () => {
    const one = await agreed();
    const from = one.now();
    const paused = pausing(one);
    await one.clock.pass(200);
    one.write(FILE, false);
    await one.clock.run(paused);
    expect(one.now() - from).toBeLessThan(400);
    one.guard.started(web, 100);
    await one.clock.pass(10_000);
    expect([one.guard.unwatched("web"), one.events, one.restarts]).toEqual([[], [], ["web", "web"]]);
    // the suspicion is over, too
    await one.round();
    expect(one.restarts).toEqual(["web", "web"]);
  });

  test("finds that its next start writes the file again: that no longer restarts it, and is said", async () => {
    const one = await agreed();
    await tested(one, () => one.write(FILE, true));
    expect(one.events).toMatchObject([
      {
        event: "diagnostic",
        code: "DEVPM_RESTART_LOOP",
        summary: "web restarts itself: its command writes schema.json, which is watched",
        evidence: expect.arrayContaining([["write", 'ignore: ["schema.json"] into apps.web of the ecosystem file']]),
        state: "schema.json no longer restarts web in this session; everything else does.",
      },
    ]);
    expect([one.guard.unwatched("web"), one.guard.ignored("web")]).toEqual([[FILE], [FILE]]);
    expect(one.restarts).toEqual(["web", "web"]);
  });

  test("names the process that was seen to write", async () => {
    const one = guarded();
    one.here.openForWriting = true;
    for (let n = 0; n < ENOUGH; n++) await one.round();
    for (let n = 0; n < 2; n++) await tested(one, () => one.write(FILE, true));
    expect(JSON.stringify(one.events)).toContain("pid 100  node build.js");
  });

  test("finds that something else writes it: it is watched again, and what was missed restarts it", async () => {
    const one = await agreed();
    await tested(one, () => one.write(FILE, false));
    expect([one.events, one.guard.unwatched("web"), one.restarts]).toEqual([[], [], ["web", "web", "web"]]);
    await one.round();
    expect(one.restarts).toEqual(["web", "web", "web"]);
  });

  test("where the kernel does not tell what writes, takes the app for it", async () => {
    const one = await suspected();
    one.here.counts = false;
    for (let n = 0; n < 2; n++) await tested(one, () => one.write(FILE, true));
    expect(one.events).toHaveLength(1);
  });
});
