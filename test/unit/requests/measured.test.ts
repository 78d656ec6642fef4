import { describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/logs/record.ts";
import type { AnsweredRequest, TracedRequest } from "../../../src/model/traced-request.ts";
import { measuredRequests, withMeasured, type MeasuredRequest } from "../../../src/requests/measured.ts";
import type { LogFiles } from "../../../src/system/logs/log-files.ts";

const START = Date.UTC(2026, 0, 31, 12);
const at = (ms: number): string => new Date(START + ms).toISOString();

const traced = (id: number, ms: number, more: Partial<TracedRequest> = {}): TracedRequest => ({
  id,
  at: at(ms),
  app: "back",
  method: "GET",
  path: "/",
  route: null,
  status: 200,
  ms: null,
  exception: null,
  lines: [],
  ...more,
});

const measured = (n: number, began: number, ms: number, more: Partial<AnsweredRequest> = {}): MeasuredRequest => ({
  at: at(began + ms),
  n,
  method: "GET",
  path: "/",
  route: "/",
  status: 200,
  began: START + began,
  ms,
  ...more,
});

const record = (n: number, ms: number, line: string): LogRecord => ({
  at: at(ms),
  n,
  app: "back",
  stream: "err",
  line,
});
const merge = (lines: TracedRequest[], own: MeasuredRequest[], records: LogRecord[] = []) =>
  withMeasured(lines, own, { app: "back", root: "/shop", records });

describe("what was measured and what access lines show", () => {
  test("is one request where method, path, status and time agree", () => {
    expect(merge([traced(1, 110)], [measured(2, 100, 8.5)])).toEqual([traced(1, 110, { route: "/", ms: 8.5 })]);
    for (const other of [{ method: "POST" }, { path: "/x" }, { status: 404 }])
      expect(merge([traced(1, 110)], [measured(2, 100, 8.5, other)])).toHaveLength(2);
    expect(merge([traced(1, 5_000)], [measured(2, 100, 8.5)])).toHaveLength(2);
    expect(merge([traced(1, 10)], [measured(2, 100, 8.5)])).toHaveLength(2);
  });

  test("devpm's own checks are left out, whether the app prints them, measures them, or both", () => {
    const own = measured(3, 100, 5, { isOwn: true, route: null });
    expect(merge([traced(1, 106)], [own])).toEqual([]);
    expect(merge([], [measured(2, 101, 3), own])).toEqual([]);
    expect(merge([traced(1, 106)], [measured(2, 101, 3), own])).toEqual([]);
    // one of somebody else's at about the same time stays
    expect(merge([traced(1, 106), traced(4, 107)], [own]).map(({ id }) => id)).toEqual([4]);
    expect(merge([traced(1, 106, { path: "/x" })], [own])).toHaveLength(1);
    expect(merge([], [own, measured(5, 900, 3)]).map(({ id }) => id)).toEqual([5]);
  });

  test("both are read late where the engine was stopped meanwhile", () => {
    const noted = at(600_000);
    const late = { ...measured(2, 100, 8.5), noted };
    expect(merge([traced(1, 600_010)], [late])).toEqual([traced(1, 600_010, { route: "/", ms: 8.5 })]);
    expect(merge([traced(1, 605_000)], [late])).toHaveLength(2);
  });

  test("equal ones are taken in their order, each once", () => {
    const [first, second, third] = merge(
      [traced(1, 10), traced(2, 20)],
      [1, 2, 3].map((ms) => measured(2 + ms, 10, ms)),
    );
    expect([first, second, third].map((one) => [one!.id, one!.ms])).toEqual([
      [1, 1],
      [2, 2],
      [5, 3],
    ]);
  });

  test("a path is the same however it is escaped", () => {
    const line = traced(1, 10, { path: "/t%C3%A9a" });
    expect(merge([line], [measured(2, 5, 1, { path: "/téa" })])).toHaveLength(1);
    expect(merge([traced(1, 10, { path: "/%" })], [measured(2, 5, 1, { path: "/%" })])).toHaveLength(1);
  });

  test("one without an access line has what was printed meanwhile, and what it raised", () => {
    const traceback = ["Traceback (most recent call last):", '  File "/shop/web.py", line 7, in broken', "    pay()"];
    const lines = ["before", ...traceback, "KeyError: 'tea'", "after"];
    const times = [50, 110, 110, 110, 400, 4_000];
    const records = lines.map((line, n) => record(n, times[n]!, line));
    const [one] = merge([], [measured(9, 100, 20, { status: 500, route: null })], records);
    expect(one).toMatchObject({ id: 9, at: at(120), route: null, ms: 20 });
    expect(one!.lines.map(({ line }) => line)).toEqual(lines.slice(1, -1));
    expect(one!.exception).toMatchObject({ message: "KeyError: 'tea'", file: "web.py", line: 7 });
    // what comes late is of one that failed, unless another one has begun
    expect(merge([], [measured(9, 100, 20)], records)[0]).toMatchObject({ exception: null, lines: { length: 3 } });
    const both = merge([], [measured(9, 100, 20, { status: 500 }), measured(10, 390, 20)], records);
    expect(both.map(({ lines: { length } }) => length)).toEqual([3, 1]);
  });

  test("of a long answer the newest 200 lines are kept", () => {
    const records = Array.from({ length: 300 }, (_, n) => record(n, n, `line ${n}`));
    const [one] = merge([], [measured(900, 0, 299)], records);
    expect(one!.lines.map(({ line }) => line)).toEqual(records.slice(-200).map(({ line }) => line));
  });

  test("each line is looked at once, however many requests have no access line", () => {
    let looks = 0;
    const records = Array.from({ length: 1_000 }, (_, n) => ({
      ...record(n, n * 100, ""),
      get at() {
        looks++;
        return at(n * 100);
      },
    }));
    const requests = Array.from({ length: 500 }, (_, n) => measured(2_000 + n, n * 200, 10));
    const found = merge([], requests, records);
    expect(found.map(({ lines: { length } }) => length)).toEqual(Array.from({ length: 500 }, () => 1));
    expect(looks).toBe(1_000);
  });
});

test("the newest are read, without what is no whole record", () => {
  const lines = Array.from({ length: 5 }, (_, n) => JSON.stringify(measured(n, n, 1)));
  const logFiles = {
    *backwards([current = "", previous = ""]: readonly string[]) {
      expect([current, previous]).toEqual(["/logs/a%40b@requests.jsonl", "/logs/a%40b@requests@previous.jsonl"]);
      yield lines[4]!.slice(0, 30);
      yield "null";
      yield '{"n":1}';
      yield* lines.toReversed();
    },
  } as unknown as LogFiles;
  expect(measuredRequests(logFiles, "/logs", "a@b", 2).map(({ n }) => n)).toEqual([3, 4]);
});
