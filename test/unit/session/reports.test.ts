import { expect, test } from "vitest";
import type { WarmReport } from "../../../src/model/protocol.ts";
import type { AppRun } from "../../../src/session/apps/app-run.ts";
import { memberOf } from "../../../src/session/apps/member.ts";
import type { AppUnderPm2 } from "../../../src/session/apps/pm2-process.ts";
import { createReporter } from "../../../src/session/apps/reporter.ts";
import { createReports, type ReportsOptions } from "../../../src/session/apps/reports.ts";
import type { Peer } from "../../../src/system/engine-server.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { sampleApp } from "../plan/sample.ts";

const READY: WarmReport = { what: "ready", pid: 9, port: 5050, ms: 300 };

test("a warm Python prepares for its first save once every app has started", async () => {
  const started = deferred();
  const sent: object[] = [];
  const peer = { send: (order: object) => sent.push(order), onClosed: () => {} } as unknown as Peer;
  const run = { app: sampleApp({ name: "api" }), warm: () => {}, isEnding: false } as unknown as AppRun;
  const member = memberOf(run, {} as AppUnderPm2, createReporter());
  const report = createReports({ member: () => member, started: started.promise } as unknown as ReportsOptions);
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
])("a warm Python that is to be restarted ($what) does not answer for its saves meanwhile", async (reported) => {
  const restarted = deferred();
  const peer = { send: () => {}, onClosed: () => {} } as unknown as Peer;
  const reporter = createReporter();
  const run = { app: sampleApp({ name: "api" }), warm: () => {}, isEnding: false } as unknown as AppRun;
  const member = memberOf(run, {} as AppUnderPm2, reporter);
  const report = createReports({
    member: () => member,
    started: Promise.resolve(),
    launcher: { keepCold: () => {} },
    notify: () => {},
    restart: () => restarted.promise,
  } as unknown as ReportsOptions);
  report("api", READY, peer);
  const question = reporter.catchingUp.ask(() => {});
  report("api", reported, peer);
  // its set-up runs, and it has read every save of a file
  report("api", { what: "caught_up", asked: 1, unread: [] }, peer);
  expect(question.state).toBe("asked");
  // its set-up failed: it stays
  restarted.resolve();
  await restarted.promise;
  await Promise.resolve();
  report("api", { what: "caught_up", asked: 2, unread: [] }, peer);
  expect(question.state).toBe("caught up");
});
