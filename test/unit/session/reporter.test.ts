import { describe, expect, test } from "vitest";
import type { WarmReport } from "../../../src/model/protocol.ts";
import { createReporter } from "../../../src/session/apps/reporter.ts";
import type { Peer } from "../../../src/system/engine-server.ts";

const peer = (): Peer => ({}) as Peer;
const ready: WarmReport = { what: "ready", pid: 1, port: null, ms: 1 };
const notice: WarmReport = { what: "notice", text: "x" };

describe("reports of a warm Python", () => {
  test("count, from whichever process connects first", () => {
    const reporter = createReporter();
    expect([reporter.accepts(ready, peer()), reporter.accepts(ready, peer())]).toEqual([true, true]);
  });

  test("of the process that is being replaced are dropped, except its notices", () => {
    const reporter = createReporter();
    const [old, next] = [peer(), peer()];
    reporter.accepts(ready, old);
    reporter.replaced();
    expect([reporter.accepts(ready, old), reporter.accepts(notice, old)]).toEqual([false, true]);
    expect(reporter.accepts(ready, next)).toBe(true);
  });

  test("of the process that stays, because its replacement did not start, count again", () => {
    const reporter = createReporter();
    const old = peer();
    reporter.accepts(ready, old);
    const undo = reporter.replaced();
    undo();
    expect(reporter.accepts(ready, old)).toBe(true);
    reporter.replaced();
    expect(reporter.accepts(ready, old)).toBe(false);
  });

  test("do not become the old ones' again where the new process had already reported", () => {
    const reporter = createReporter();
    const [old, next] = [peer(), peer()];
    reporter.accepts(ready, old);
    const undo = reporter.replaced();
    reporter.accepts(ready, next);
    undo();
    reporter.replaced();
    // it is the new process that was replaced just now
    expect(reporter.accepts(ready, next)).toBe(false);
  });

  test("before the first process there is none to drop", () => {
    const reporter = createReporter();
    reporter.replaced()();
    expect(reporter.accepts(ready, peer())).toBe(true);
  });
});
