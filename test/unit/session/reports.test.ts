import { expect, test } from "vitest";
import type { WarmReport } from "../../../src/model/protocol.ts";
import type { AppRun } from "../../../src/session/apps/app-run.ts";
import { memberOf } from "../../../src/session/apps/member.ts";
import type { AppUnderPm2 } from "../../../src/session/apps/pm2-process.ts";
import { createReporter } from "../../../src/session/apps/reporter.ts";
import { createReports, type ReportsOptions } from "../../../src/session/apps/reports.ts";
import type { Peer } from "../../../src/system/engine/engine-server.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { sampleApp } from "../plan/sample.ts";

const UNCHANGED = { changed: () => Promise.resolve(null) };
const READY: WarmReport = { what: "ready", pid: 9, port: 5050, ms: 300 };

test("a warm Python prepares for its first save once every app has started", async () => {
  const started = deferred();
  const sent: object[] = [];
  const peer = { send: (order: object) => sent.push(order), onClosed: () => {} } as unknown as Peer;
  const run = { app: sampleApp({ name: "api" }), warm: () => {}, isEnding: false } as unknown as AppRun;
  const member = memberOf(run, {} as AppUnderPm2, createReporter());
  const report = createReports({
    member: () => member,
    started: started.promise,
    coldFiles: UNCHANGED,
  } as unknown as ReportsOptions);
  report("api", READY, peer);
  await Promise.resolve();
  expect(sent).toEqual([]);
  started.resolve();
  await started.promise;
  expect(sent).toEqual([{ do: "prepare" }]);
  // one that was restarted later
  report("api", READY, peer);
  await started.promise;
  expect(sent).toHaveLength(2);
  report("api", { what: "preloaded", modules: 9, ms: 80 }, peer);
  await started.promise;
  expect(sent).toHaveLength(2);
});

test.each<WarmReport>([
  { what: "cold", reason: "uv.lock changed" },
  { what: "unfit", reason: "it forks" },
])("a warm Python that reports that it cannot go on ($what) is restarted", (reported) => {
  const restarted: string[] = [];
  const peer = { send: () => {}, onClosed: () => {} } as unknown as Peer;
  const run = { app: sampleApp({ name: "api" }), warm: () => {}, isEnding: false } as unknown as AppRun;
  const member = memberOf(run, {} as AppUnderPm2, createReporter());
  const report = createReports({
    member: () => member,
    started: Promise.resolve(),
    launcher: { keepCold: () => {} },
    coldFiles: UNCHANGED,
    notify: () => {},
    restart: (app: string) => void restarted.push(app),
  } as unknown as ReportsOptions);
  report("api", reported, peer);
  expect(restarted).toEqual(["api"]);
});

test("what had changed before a warm Python watches restarts it, and its word counts only where nothing had", async () => {
  const looked = [deferred<string | null>(), deferred<string | null>()];
  const [told, restarted]: [string[], string[]] = [[], []];
  const sent: object[] = [];
  const peers = [0, 1].map(
    () => ({ send: (order: object) => sent.push(order), onClosed: () => {} }) as unknown as Peer,
  );
  const reporter = createReporter();
  const run = { app: sampleApp({ name: "api" }), warm: () => {}, isEnding: false } as unknown as AppRun;
  const member = memberOf(run, {} as AppUnderPm2, reporter);
  let looks = 0;
  const report = createReports({
    member: () => member,
    started: deferred().promise,
    coldFiles: { changed: () => looked[looks++]!.promise },
    notify: (text: string) => told.push(text),
    restart: (app: string) => void restarted.push(app),
  } as unknown as ReportsOptions);
  const question = reporter.catchingUp.ask(() => {});
  for (let reports = 0; reports < 2; reports++) report("api", READY, peers[0]!);
  report("api", { what: "caught_up", asked: sent.length, unread: [] }, peers[0]!);
  expect([looks, question.state]).toEqual([1, "asked"]);
  looked[0]!.resolve("uv.lock");
  await looked[0]!.promise;
  await Promise.resolve();
  expect([told, restarted]).toEqual([["api restarts: uv.lock changed"], ["api"]]);
  reporter.replaced();
  report("api", READY, peers[1]!);
  looked[1]!.resolve(null);
  await looked[1]!.promise;
  await Promise.resolve();
  report("api", { what: "caught_up", asked: sent.length, unread: [] }, peers[1]!);
  expect([question.state, restarted]).toEqual(["caught up", ["api"]]);
});

test.each([
  ["as it begins", []],
  ["right after its start", [READY]],
])(
  "a change that a warm Python tells %s restarts it once, though it is found by looking back, too",
  async (_, before) => {
    const [told, restarted]: [string[], string[]] = [[], []];
    const peer = { send: () => {}, onClosed: () => {} } as unknown as Peer;
    const run = { app: sampleApp({ name: "api" }), warm: () => {}, isEnding: false } as unknown as AppRun;
    const member = memberOf(run, {} as AppUnderPm2, createReporter());
    const looked = deferred<string | null>();
    const report = createReports({
      member: () => member,
      started: deferred().promise,
      coldFiles: { changed: () => looked.promise },
      notify: (text: string) => told.push(text),
      restart: (app: string) => void restarted.push(app),
    } as unknown as ReportsOptions);
    for (const one of before) report("api", one, peer);
    report("api", { what: "cold", reason: "dev.env changed" }, peer);
    looked.resolve("dev.env");
    await looked.promise;
    await Promise.resolve();
    expect([told, restarted]).toEqual([["api restarts: dev.env changed"], ["api"]]);
  },
);

test("what changes at each start of an app, as its own writing does, restarts it no more after three times", async () => {
  const [told, restarted]: [string[], string[]] = [[], []];
  const run = { app: sampleApp({ name: "api" }), warm: () => {}, isEnding: false } as unknown as AppRun;
  const member = memberOf(run, {} as AppUnderPm2, createReporter());
  let changed: string | null = "dev.env";
  const report = createReports({
    member: () => member,
    started: deferred().promise,
    coldFiles: { changed: () => Promise.resolve(changed) },
    notify: (text: string) => told.push(text),
    restart: (app: string) => void restarted.push(app),
  } as unknown as ReportsOptions);
  const starts = async (count: number): Promise<number> => {
    const before = restarted.length;
    for (let n = 0; n < count; n++) {
      report("api", READY, { send: () => {}, onClosed: () => {} } as unknown as Peer);
      await Promise.resolve();
      await Promise.resolve();
    }
    return restarted.length - before;
  };
  expect(await starts(6)).toBe(3);
  expect(told.slice(3)).toEqual(["dev.env changes at each start of api: that no longer restarts it"]);
  changed = null;
  expect(await starts(1)).toBe(0);
  changed = "dev.env";
  expect(await starts(1)).toBe(1);
});
