import { describe, expect, test } from "vitest";
import { MOST_REQUESTS } from "../../../src/model/limits.ts";
import { NOTHING_ENDED } from "../../../src/model/events.ts";
import type { Answer, Report, Request } from "../../../src/model/protocol.ts";
import { receiver, type Served } from "../../../src/session/control/requests.ts";
import { createEventStream } from "../../../src/session/stream.ts";
import type { Peer } from "../../../src/system/engine/engine-server.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { virtualClock } from "../virtual-clock.ts";

const STATUS = { project: "shop", root: "/p", namespace: "n", session: null, apps: [], infra: [] };

/** A client that keeps what it is sent, and can go away. */
function client() {
  const answers: Answer[] = [];
  const lines: string[] = [];
  const logs: string[] = [];
  const closed: (() => void)[] = [];
  const peer: Peer = {
    send: (message) => void answers.push(message as Answer),
    sendLine: (line) => void lines.push(line),
    sendLog: (line) => void logs.push(line),
    onClosed: (listener) => void closed.push(listener),
  };
  return { peer, answers, lines, logs, leave: () => closed.splice(0).forEach((listener) => listener()) };
}

function session(more: Partial<Served> = {}) {
  const calls: unknown[][] = [];
  const stream = createEventStream(virtualClock());
  const note =
    <T>(name: string, value: T) =>
    (...given: unknown[]): Promise<T> => {
      calls.push([name, ...given.filter((one) => !(one instanceof AbortSignal))]);
      return Promise.resolve(value);
    };
  const served: Served = {
    id: "s1",
    status: () => Promise.resolve(STATUS),
    join: () => Promise.resolve({ config: null, infra: false, ports: {}, later: [] }),
    errors: () => Promise.resolve({ errors: [], notes: [] }),
    subscribe: stream.subscribe,
    printedInto: (files) => void calls.push(["printedInto", ...files]),
    printedBy: (pid) => (calls.push(["printedBy", pid]), () => void calls.push(["no longer", pid])),
    flushLogs: () => void calls.push(["flushLogs"]),
    down: note("down", NOTHING_ENDED),
    restart: note("restart", null),
    wait: note("wait", null),
    start: note("start", { error: null, diagnostics: [] }),
    stop: note("stop", { ended: [], leftovers: [], portsFree: [], ms: 1 }),
    attend: () => ({ prompt: null }),
    input: () => null,
    evaluate: note("evaluate", { lines: [], prompt: null }),
    ui: () => Promise.resolve(""),
    report: (...given) => void calls.push(["report", ...given.slice(0, 2)]),
    ...more,
  };
  return { receive: receiver(served), calls, stream };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("each request has one answer", () => {
  test.each([
    [{ op: "status" }, { ok: true, status: STATUS }, []],
    [{ op: "errors" }, { ok: true, errors: [], notes: [] }, []],
    [{ op: "down", force: true }, { ok: true, receipt: NOTHING_ENDED }, [["down", true]]],
    [{ op: "restart", apps: ["a"] }, { ok: true, status: STATUS }, [["restart", ["a"]]]],
    [{ op: "start", names: ["a"] }, { ok: true, status: STATUS }, [["start", ["a"]]]],
    [
      { op: "stop", names: ["a"] },
      { ok: true, stopped: { ended: [], leftovers: [], portsFree: [], ms: 1 } },
      [["stop", ["a"]]],
    ],
    [
      { op: "wait", apps: [], for: "reload", timeoutMs: 5 },
      { ok: true, status: STATUS },
      [["wait", { op: "wait", apps: [], for: "reload", timeoutMs: 5 }]],
    ],
  ] as [Request, Answer, unknown[][]][])("%j", async (request, answer, called) => {
    const { receive, calls } = session();
    const { peer, answers } = client();
    receive(request, peer);
    await settled();
    expect(answers).toEqual([answer]);
    expect(calls).toEqual(called);
  });

  test.each([
    [{ op: "restart", apps: ["a"] }, { restart: () => Promise.resolve("not ready: a") }, "not ready: a"],
    [
      { op: "wait", apps: [], for: "ready", timeoutMs: 5 },
      { wait: () => Promise.resolve("not within 5 ms") },
      "not within 5 ms",
    ],
    [
      { op: "stop", names: ["a"] },
      { stop: () => Promise.resolve({ error: 'nothing is called "a"' }) },
      'nothing is called "a"',
    ],
    [{ op: "start", names: ["a"] }, { start: () => Promise.resolve({ error: "no", diagnostics: [] }) }, "no"],
    [{ op: "status" }, { status: () => Promise.reject(new Error("broken")) }, "devpm failed to answer: Error: broken"],
  ] as [Request, Partial<Served>, string][])("%j that fails says why", async (request, more, error) => {
    const { receive } = session(more);
    const { peer, answers } = client();
    receive(request, peer);
    await settled();
    expect(answers).toEqual([expect.objectContaining({ ok: false, error })]);
  });
});

describe("one connection", () => {
  test("has so many requests under way at most, and one more when one is answered", async () => {
    const gate = deferred<null>();
    const { receive, calls } = session({ wait: () => (calls.push(["wait"]), gate.promise) });
    const { peer, answers } = client();
    const request: Request = { op: "wait", apps: [], for: "ready", timeoutMs: 1 };
    for (let n = 0; n <= MOST_REQUESTS; n++) receive(request, peer);
    expect(calls).toHaveLength(MOST_REQUESTS);
    expect(answers).toEqual([{ ok: false, error: `${MOST_REQUESTS} requests are under way already` }]);
    gate.resolve(null);
    await settled();
    receive(request, peer);
    expect(calls).toHaveLength(MOST_REQUESTS + 1);
  });

  test("does not count another's requests", () => {
    const { receive, calls } = session({ wait: () => (calls.push(["wait"]), new Promise(() => {})) });
    const [one, other] = [client(), client()];
    for (let n = 0; n < MOST_REQUESTS; n++) receive({ op: "wait", apps: [], for: "ready", timeoutMs: 1 }, one.peer);
    receive({ op: "wait", apps: [], for: "ready", timeoutMs: 1 }, other.peer);
    expect(other.answers).toEqual([]);
    expect(calls).toHaveLength(MOST_REQUESTS + 1);
  });

  test("that goes away ends what it waited for", () => {
    let gone: AbortSignal | null = null;
    const { receive } = session({ wait: (_, signal) => ((gone = signal), new Promise(() => {})) });
    const { peer, leave } = client();
    receive({ op: "wait", apps: [], for: "ready", timeoutMs: 1 }, peer);
    expect(gone!.aborted).toBe(false);
    leave();
    expect(gone!.aborted).toBe(true);
  });
});

describe("a connection for events", () => {
  test("is answered once, then gets every event, logs only where it asked for them", () => {
    const { receive, stream, calls } = session();
    const [all, few] = [client(), client()];
    receive({ op: "events", logs: true }, all.peer);
    receive({ op: "events", logs: false }, few.peer);
    stream.emit({ event: "notice", text: "hello" });
    stream.emit({ event: "log", app: "a", stream: "out", line: "x", n: 1 });
    expect([all.answers, few.answers]).toEqual([[{ ok: true }], [{ ok: true }]]);
    expect(all.lines).toEqual(few.lines);
    expect(JSON.parse(all.lines[0]!)).toMatchObject({ event: "notice", text: "hello" });
    expect([all.logs.length, few.logs.length]).toEqual([1, 0]);
    expect(calls).toEqual([["flushLogs"], ["flushLogs"]]);
  });

  test("has its log files whole before the answer: a line is in the files or in the stream", () => {
    const order: string[] = [];
    const { receive } = session({ flushLogs: () => void order.push("flushed") });
    const { peer } = client();
    receive({ op: "events", logs: true }, { ...peer, send: () => void order.push("answered") });
    expect(order).toEqual(["flushed", "answered"]);
  });

  test("names the files that it is printed into", () => {
    const { receive, calls } = session();
    receive({ op: "events", logs: true, outputs: ["/p/out.txt"] }, client().peer);
    expect(calls).toEqual([["printedInto", "/p/out.txt"], ["flushLogs"]]);
  });

  test("names the process that prints it, for as long as it does", () => {
    const { receive, calls } = session();
    const { peer, leave } = client();
    receive({ op: "events", logs: true, printer: 77 }, peer);
    leave();
    expect(calls).toEqual([["printedBy", 77], ["flushLogs"], ["no longer", 77]]);
  });

  test("takes no other request", async () => {
    const { receive, calls } = session();
    const { peer, answers } = client();
    receive({ op: "events", logs: false }, peer);
    receive({ op: "down", force: true }, peer);
    await settled();
    expect(answers.at(-1)).toEqual({ ok: false, error: "events are sent here: ask on another connection" });
    expect(calls).toEqual([["flushLogs"]]);
  });

  test("gets nothing more once it is closed", () => {
    const { receive, stream } = session();
    const { peer, lines, leave } = client();
    receive({ op: "events", logs: false }, peer);
    leave();
    stream.emit({ event: "notice", text: "late" });
    expect(lines).toEqual([]);
  });
});

describe("a report of an app", () => {
  const report: Report = { op: "report", app: "api", session: "s1", report: { what: "notice", text: "hello" } };

  test("reaches the session and gets no answer", () => {
    const { receive, calls } = session();
    const { peer, answers } = client();
    receive(report, peer);
    expect(calls).toEqual([["report", "api", report.report]]);
    expect(answers).toEqual([]);
  });

  test("of another session, which had this socket before, is dropped", () => {
    const { receive, calls } = session();
    receive({ ...report, session: "s0" }, client().peer);
    expect(calls).toEqual([]);
  });
});

describe("the event stream", () => {
  test("stamps each event once, with `event` and `at` first, for every reader the same", () => {
    const clock = virtualClock();
    const stream = createEventStream(clock);
    const seen: unknown[] = [];
    stream.subscribe((event) => seen.push(event));
    stream.subscribe((event) => seen.push(event));
    stream.emit({ event: "app.ready", app: "a", url: null, ms: 1 });
    expect(seen[0]).toBe(seen[1]);
    expect(Object.keys(seen[0] as object).slice(0, 2)).toEqual(["event", "at"]);
    expect(seen[0]).toMatchObject({ at: clock.now().toISOString() });
  });

  test("keeps the time at which a line was received", () => {
    const stream = createEventStream(virtualClock());
    const seen: unknown[] = [];
    stream.subscribe((event) => seen.push(event));
    stream.emit({ event: "log", app: "a", stream: "err", line: "x", n: 4 }, "2026-01-01T00:00:00.000Z");
    expect(seen).toEqual([{ event: "log", at: "2026-01-01T00:00:00.000Z", app: "a", stream: "err", line: "x", n: 4 }]);
  });

  test("a reader may leave while it reads, and miss nothing before it", () => {
    const stream = createEventStream(virtualClock());
    const seen: string[] = [];
    const leave = stream.subscribe((event) => {
      seen.push(event.event);
      leave();
    });
    stream.emit({ event: "notice", text: "1" });
    stream.emit({ event: "notice", text: "2" });
    expect(seen).toEqual(["notice"]);
  });
});
