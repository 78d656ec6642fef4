import { describe, expect, test } from "vitest";
import type { WarmReport } from "../../../src/model/protocol.ts";
import { createReporter } from "../../../src/session/apps/reporter.ts";
import type { Peer } from "../../../src/system/engine/engine-server.ts";
import { deferred } from "../../../src/util/deferred.ts";

/** Keeps what it is sent. */
function peer(): Peer & { sent: object[]; close: () => void } {
  const closed: (() => void)[] = [];
  const sent: object[] = [];
  return {
    sent,
    send: (message) => void sent.push(message),
    sendLine: () => {},
    sendLog: () => {},
    onClosed: (listener) => void closed.push(listener),
    close: () => closed.forEach((listener) => listener()),
  };
}

const CATCH_UP = { do: "catch_up" };
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

describe("a question about its saves", () => {
  /** A question, and how often its state may have changed. */
  function asking(reporter = createReporter()) {
    const changes: string[] = [];
    const question = reporter.catchingUp.ask(() => changes.push(question.state));
    return { reporter, question, changes };
  }

  test("is put to the process that is there, and answered by it", () => {
    const reporter = createReporter();
    const here = peer();
    reporter.accepts(ready, here);
    const { question, changes } = asking(reporter);
    expect([question.state, here.sent]).toEqual(["asked", [CATCH_UP]]);
    reporter.catchingUp.caughtUp(here, 1, ["/p/made.json"]);
    expect([question.state, question.unread, changes]).toEqual(["caught up", ["/p/made.json"], ["caught up"]]);
  });

  test("is not answered by what was said to one before it", () => {
    const reporter = createReporter();
    const here = peer();
    reporter.accepts(ready, here);
    const [first, second] = [asking(reporter), asking(reporter)];
    reporter.catchingUp.caughtUp(here, 1, []);
    expect([first.question.state, second.question.state]).toEqual(["caught up", "asked"]);
    reporter.catchingUp.caughtUp(here, 2, []);
    expect(second.question.state).toBe("caught up");
  });

  test("waits for the first report of a process, and is put to the one that takes its place", () => {
    const { reporter, question, changes } = asking();
    expect(question.state).toBe("unasked");
    const [old, next] = [peer(), peer()];
    reporter.accepts(ready, old);
    expect([question.state, old.sent]).toEqual(["asked", [CATCH_UP]]);
    reporter.replaced();
    expect(question.state).toBe("unasked");
    reporter.catchingUp.caughtUp(old, 1, []);
    expect(question.state).toBe("unasked");
    reporter.accepts(ready, next);
    reporter.catchingUp.caughtUp(next, 1, []);
    expect(changes).toEqual(["asked", "unasked", "asked", "caught up"]);
  });

  test("is put again to the process that stays, whose count goes on", () => {
    const { reporter, question } = asking();
    const old = peer();
    reporter.accepts(ready, old);
    reporter.replaced()();
    expect([question.state, old.sent]).toEqual(["asked", [CATCH_UP, CATCH_UP]]);
    reporter.catchingUp.caughtUp(old, 1, []);
    expect(question.state).toBe("asked");
    reporter.catchingUp.caughtUp(old, 2, []);
    expect(question.state).toBe("caught up");
  });

  test("is open again when the process is gone, which is not asked any more", () => {
    const { reporter, question } = asking();
    const old = peer();
    reporter.accepts(ready, old);
    old.close();
    expect(question.state).toBe("unasked");
    // what it sent last is read later
    reporter.accepts(notice, old);
    reporter.replaced()();
    expect([question.state, old.sent]).toEqual(["unasked", [CATCH_UP]]);
  });

  test("is not answered by a process that is about to be replaced, but by the one that takes its place", () => {
    const reporter = createReporter();
    const [old, next] = [peer(), peer()];
    reporter.accepts(ready, old);
    const { question } = asking(reporter);
    const release = reporter.catchingUp.holds();
    reporter.catchingUp.caughtUp(old, 1, []);
    expect([question.state, asking(reporter).question.state]).toEqual(["asked", "asked"]);
    reporter.catchingUp.caughtUp(old, 2, []);
    expect([question.state, old.sent]).toEqual(["asked", [CATCH_UP]]);
    reporter.replaced();
    release();
    expect(question.state).toBe("unasked");
    reporter.accepts(ready, next);
    reporter.catchingUp.caughtUp(next, 2, []);
    expect(question.state).toBe("caught up");
  });

  test("is not answered by a process that another change is to replace as soon as it is there", () => {
    const reporter = createReporter();
    const [old, next, last] = [peer(), peer(), peer()];
    reporter.accepts(ready, old);
    const { question } = asking(reporter);
    const [first, second] = [reporter.catchingUp.holds(), reporter.catchingUp.holds()];
    reporter.replaced();
    first();
    expect(question.state).toBe("asked");
    reporter.accepts(ready, next);
    reporter.catchingUp.caughtUp(next, 1, []);
    expect([question.state, next.sent]).toEqual(["asked", []]);
    reporter.replaced();
    second();
    reporter.accepts(ready, last);
    reporter.catchingUp.caughtUp(last, 1, []);
    expect(question.state).toBe("caught up");
  });

  test("is not answered by what a start brings that another start follows", async () => {
    const reporter = createReporter();
    const [first, second] = [peer(), peer()];
    const { question } = asking(reporter);
    const former = deferred();
    const replaced = reporter.replacedAfter(former.promise);
    reporter.accepts(ready, first);
    reporter.catchingUp.caughtUp(first, 1, []);
    expect([question.state, first.sent]).toEqual(["asked", []]);
    former.resolve();
    await replaced;
    expect(question.state).toBe("unasked");
    reporter.accepts(ready, second);
    reporter.catchingUp.caughtUp(second, 1, []);
    expect(question.state).toBe("caught up");
  });

  test("is put again to a process that was to be replaced and stays", () => {
    const reporter = createReporter();
    const here = peer();
    reporter.accepts(ready, here);
    const { question } = asking(reporter);
    reporter.catchingUp.holds()();
    reporter.catchingUp.caughtUp(here, 1, []);
    expect([question.state, here.sent]).toEqual(["asked", [CATCH_UP, CATCH_UP]]);
    reporter.catchingUp.caughtUp(here, 2, []);
    expect(question.state).toBe("caught up");
  });

  test("that has ended is put to nobody", () => {
    const { reporter, question, changes } = asking();
    question.end();
    const next = peer();
    reporter.accepts(ready, next);
    expect([next.sent, changes]).toEqual([[], []]);
  });
});
