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
