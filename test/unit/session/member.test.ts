import { describe, expect, test } from "vitest";
import type { App } from "../../../src/model/project.ts";
import type { AppRun } from "../../../src/session/apps/app-run.ts";
import { endMember, memberOf, noteSave, portsOfOthers } from "../../../src/session/apps/member.ts";
import type { AppUnderPm2 } from "../../../src/session/apps/pm2-process.ts";
import { createReporter } from "../../../src/session/apps/reporter.ts";
import { MARK } from "../../../src/model/ownership.ts";
import type { Peer } from "../../../src/system/engine/engine-server.ts";
import { sampleApp } from "../plan/sample.ts";
import { app as recorded, record } from "../teardown/sample.ts";
import { sessionRoom } from "./session-room.ts";

const run = (app: App, answering: App = app): AppRun => ({ app, answering, ending: () => {} }) as unknown as AppRun;

describe("the ports that are never taken for an app's own", () => {
  const member = (app: App, answering?: App) => memberOf(run(app, answering), {} as AppUnderPm2, createReporter());

  test("are those that the others claim, answer on, or name beside it", () => {
    const api = sampleApp({ name: "api", port: 5050, ports: [5051] });
    const web = sampleApp({ name: "web", port: 5173, ports: [9229] });
    const members = [member(api), member(web, { ...web, port: 5174 }), member(sampleApp({ name: "worker" }))];
    expect(portsOfOthers(members, "api")).toEqual([5173, 5174, 9229]);
    expect(portsOfOthers(members, "worker")).toEqual([5050, 5050, 5051, 5173, 5174, 9229]);
  });
});

describe("a save that PM2 reports", () => {
  async function savedAt(changed: string): Promise<Date> {
    const { system, root } = sessionRoom({ "api/a.py": "x" });
    const noted: Promise<Date>[] = [];
    const app = sampleApp({ cwd: `${root}/api` });
    noteSave(system, { app, saved: (_: string, at: Promise<Date>) => noted.push(at) } as unknown as AppRun, changed);
    return noted[0]!;
  }

  test("has the time of its file, below the app's folder", async () => {
    expect((await savedAt("a.py")).getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  test("of a file that is gone already happened now", async () => {
    expect((await savedAt("gone.py")).toISOString()).toBe("2026-01-31T12:00:00.000Z");
  });
});

describe("an app that is turned off", () => {
  function off(more: { removes?: () => Promise<void> } = {}) {
    const { system, simulated } = sessionRoom();
    const order: string[] = [];
    const reporter = createReporter();
    const app = sampleApp({ name: "api", graceMs: 1_000 });
    const process = {
      remove: (ms: number) => {
        order.push(`pm2 removes it within ${ms}`);
        return (more.removes ?? (() => Promise.resolve(simulated.end(100))))();
      },
    } as unknown as AppUnderPm2;
    const member = memberOf(
      { app, answering: app, ending: () => order.push("ending") } as unknown as AppRun,
      process,
      reporter,
    );
    simulated.start(100);
    const end = () =>
      endMember(
        { ...system, clock: simulated.clock },
        member,
        record({ apps: [recorded("api", [100]), recorded("web", [200])] }),
      );
    return { simulated, order, reporter, member, end };
  }

  test("ends with all of its processes, and nothing of another app", async () => {
    const { simulated, end } = off();
    simulated.start(150, { env: { [MARK]: "s1", DEVPM_APP: "api" } });
    simulated.start(200);
    const { ended, leftovers } = await end();
    expect(ended.map(({ pid }) => pid).toSorted((a, b) => a - b)).toEqual([100, 150]);
    expect(leftovers).toEqual([]);
    expect(simulated.all().map(({ pid }) => pid)).toEqual([200]);
  });

  test("waits for a launch that is under way: what it starts would be left", async () => {
    const { order, member, end } = off();
    member.launching = Promise.resolve().then(() => void order.push("launched"));
    await end();
    expect(order).toEqual(["launched", "ending", "pm2 removes it within 1000"]);
  });

  test("also ends where that launch failed", async () => {
    const { member, end, simulated } = off();
    member.launching = Promise.reject(new Error("no such program"));
    await end();
    expect(simulated.all()).toEqual([]);
  });

  test("is off at once, and what its old process reports is dropped", async () => {
    const { member, reporter, end } = off();
    const peer = { onClosed: () => {} } as unknown as Peer;
    reporter.accepts({ what: "ready", pid: 100, port: null, ms: 1 }, peer);
    const ended = end();
    expect(member.on.signal.aborted).toBe(true);
    await ended;
    expect(reporter.accepts({ what: "preloaded", modules: 1, ms: 1 }, peer)).toBe(false);
  });

  test("that was ready lets its dependents wait for the next time; one that was not leaves them waiting", async () => {
    const was = off();
    was.member.wasReady = true;
    const former = was.member.ready;
    await was.end();
    expect([was.member.ready === former, was.member.wasReady]).toEqual([false, false]);
    const never = off();
    const same = never.member.ready;
    await never.end();
    expect(never.member.ready).toBe(same);
  });

  test("is ended by signals where PM2 does not answer", async () => {
    const { simulated, end } = off({ removes: () => new Promise(() => {}) });
    const one = simulated.start(100, { on: () => "stays" });
    const { leftovers } = await end();
    expect(one.got.at(-1)).toBe("SIGKILL");
    expect(leftovers).toMatchObject([{ pid: 100, app: "api", reason: "survived SIGKILL, state S" }]);
  });
});
