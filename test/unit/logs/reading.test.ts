import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readThenFollow, type Reader } from "../../../src/logs/follow.ts";
import { readHistory, type HistoryQuery } from "../../../src/logs/history.ts";
import { createLines } from "../../../src/logs/lines.ts";
import { mergeRecords } from "../../../src/logs/merge.ts";
import { lastSave, readPast } from "../../../src/logs/past.ts";
import { createEncoder, decodeRecords, timeOf, type LogRecord } from "../../../src/logs/record.ts";
import { segmentsOf, sessionSegments } from "../../../src/logs/segments.ts";
import type { Stamped } from "../../../src/model/events.ts";
import type { Streamed } from "../../../src/model/protocol.ts";
import type { EngineClient } from "../../../src/system/engine/engine-client.ts";
import type { LogFiles } from "../../../src/system/logs/log-files.ts";
import { logFields } from "../../../src/ui/json.ts";
import { plainLine } from "../../../src/util/text.ts";

const FOLDER = "/logs";
const moment = (second: number): string => new Date(Date.UTC(2026, 0, 31, 12, 0, second)).toISOString();
const record = (n: number, app = "api", more: Partial<LogRecord> = {}): LogRecord => ({
  at: moment(n),
  n,
  app,
  stream: "out",
  line: `line ${n}`,
  ...more,
});

/** Log files that are lists of lines. */
function filesOf(contents: Record<string, string[]>): LogFiles {
  const linesOf = (names: readonly string[]): string[] => names.flatMap((name) => contents[name] ?? []);
  return {
    appender: () => {
      throw new Error("nothing is written here");
    },
    names: () => Object.keys(contents).map((name) => name.slice(FOLDER.length + 1)),
    *backwards(names) {
      for (const name of names) yield* linesOf([name]).toReversed();
    },
    *forwards(names, before) {
      yield* linesOf(names.toReversed()).filter((line) => !before(line));
    },
  };
}

/** The files of these records, those of an app before `split` in its previous file. */
function stored(records: readonly LogRecord[], split = 0): LogFiles {
  const contents: Record<string, string[]> = {};
  for (const one of records) {
    const { current, previous } = segmentsOf(FOLDER, one.app);
    (contents[one.n < split ? previous : current] ??= []).push(JSON.stringify(one));
  }
  return filesOf(contents);
}

const query = (more: Partial<HistoryQuery> = {}): HistoryQuery => ({
  apps: ["api", "web"],
  limit: null,
  since: null,
  accept: () => true,
  filtered: false,
  inOrder: false,
  ...more,
});

const numbers = (files: LogFiles, more: Partial<HistoryQuery> = {}): number[] =>
  [...readHistory(files, FOLDER, query(more)).records].map(({ n }) => n);

describe("history", () => {
  const all = [1, 2, 3, 4, 5, 6].map((n) => record(n, n % 2 === 0 ? "web" : "api"));

  test.each([
    ["everything", {}, [1, 2, 3, 4, 5, 6]],
    ["the last lines of all apps together", { limit: 3 }, [4, 5, 6]],
    ["of one app", { apps: ["web"] }, [2, 4, 6]],
    ["the last of one app", { apps: ["web"], limit: 2 }, [4, 6]],
    ["since a moment, that one included", { since: moment(4) }, [4, 5, 6]],
    ["since a moment, and of these the last", { since: moment(2), limit: 2 }, [5, 6]],
    ["what is accepted", { accept: ({ n }: LogRecord) => n % 3 === 0 }, [3, 6]],
    ["the last of what is accepted", { accept: ({ n }: LogRecord) => n < 4, limit: 2 }, [2, 3]],
    ["none", { limit: 0 }, []],
    ["of an app without logs", { apps: ["nothing"] }, []],
  ] as [string, Partial<HistoryQuery>, number[]][])("%s", (_, more, expected) => {
    for (const split of [0, 3, 9]) {
      expect(numbers(stored(all, split), more)).toEqual(expected);
      // the same, read oldest first for a filter that remembers
      expect(numbers(stored(all, split), { ...more, inOrder: true })).toEqual(expected);
    }
  });

  test("what is asked for after a line is not searched before it", () => {
    const asked: number[] = [];
    const accept = ({ n }: LogRecord): boolean => asked.push(n) > 0 && n !== 5;
    expect(numbers(stored(all), { after: 3, limit: 9, accept })).toEqual([4, 6]);
    expect(asked).toEqual([6, 5, 4]);
  });

  test("a torn line and foreign text are passed over", () => {
    const { current } = segmentsOf(FOLDER, "api");
    const files = filesOf({
      [current]: [JSON.stringify(record(1)), '{"at":"2026', "", "hello", JSON.stringify(record(2))],
    });
    expect(numbers(files)).toEqual([1, 2]);
    expect(numbers(files, { limit: 5 })).toEqual([1, 2]);
  });

  test("the newest number of each app is known once the records are read", () => {
    const history = readHistory(stored(all), FOLDER, query({ limit: 1 }));
    expect([...history.records].map(({ n }) => n)).toEqual([6]);
    expect(history.last.get("web")).toBe(6);
  });
});

describe("history, then the stream", () => {
  const alone = { folder: FOLDER, query: query(), engine: null, own: null };

  /** An engine whose stream the test feeds; `early`: what arrives while the files are read. */
  function following(files: LogFiles, early: Streamed[], more: Partial<HistoryQuery> = {}) {
    let receive: (event: Streamed) => void = () => {};
    const state = { paused: false, done: Promise.resolve() };
    const stream = {
      pause: () => (state.paused = true),
      resume: () => (state.paused = false),
      done: new Promise<void>(() => {}),
    };
    const engine = {
      events: (_: boolean, listener: (event: Streamed) => void) => {
        receive = listener;
        for (const event of early) listener(event);
        return Promise.resolve(stream);
      },
    } as unknown as EngineClient;
    const shown: number[] = [];
    const missed: number[] = [];
    const reader: Reader = {
      show: ({ n }) => void shown.push(n),
      missed: (lines) => void missed.push(lines),
      taken: () => Promise.resolve(),
      closed: false,
    };
    const started = readThenFollow(files, { folder: FOLDER, query: query(more), engine, reader, own: null });
    return { started, shown, missed, state, send: (event: Streamed) => receive(event) };
  }
  const log = (n: number, app = "api"): Streamed => ({ event: "log", ...record(n, app) });

  test("every line comes once: those in the files are recognised in the stream", async () => {
    const here = following(stored([record(1), record(2)]), [log(2), log(3)]);
    await here.started;
    here.send(log(3));
    here.send(log(4));
    expect(here.shown).toEqual([1, 2, 3, 3, 4]);
  });

  test("an app without a line in the files is followed from its first", async () => {
    const here = following(stored([record(5)]), [log(1, "web")]);
    await here.started;
    expect(here.shown).toEqual([5, 1]);
  });

  test("only the apps and lines that were asked for, and no other events", async () => {
    const here = following(stored([]), [], { apps: ["api"], accept: ({ n }) => n !== 2 });
    await here.started;
    for (const event of [log(1), log(2), log(3, "web"), { event: "notice", at: moment(1), text: "x" } as Stamped])
      here.send(event);
    expect(here.shown).toEqual([1]);
  });

  test("what a slow reader missed is counted", async () => {
    const here = following(stored([]), []);
    await here.started;
    here.send({ event: "log.missed", at: moment(1), lines: 12_000 });
    expect(here.missed).toEqual([12_000]);
  });

  test("the stream waits while the files are read, and goes on after", async () => {
    const here = following(stored([record(1)]), []);
    await here.started;
    expect(here.state.paused).toBe(false);
  });

  test("without an engine it ends with the history", async () => {
    const reader = { show: () => {}, missed: () => {}, taken: () => Promise.resolve(), closed: false };
    expect(await readThenFollow(stored([record(1)]), { ...alone, reader })).toEqual({ followed: null });
  });

  test("a reader that has gone is shown nothing more", async () => {
    let shown = 0;
    const reader: Reader = {
      show: () => void shown++,
      missed: () => {},
      taken: () => Promise.resolve(),
      get closed() {
        return shown >= 2;
      },
    };
    await readThenFollow(stored([1, 2, 3, 4].map((n) => record(n))), { ...alone, reader });
    expect(shown).toBe(2);
  });
});

describe("what the log folder shows of earlier sessions", () => {
  const starting = (more: object = {}): object => ({
    event: "session.starting",
    at: moment(1),
    project: "shop",
    root: "/p",
    namespace: "n",
    session: "s",
    apps: ["api", "migrate"],
    tasks: ["migrate"],
    groups: { all: ["api"] },
    ...more,
  });
  const files = (...events: object[]): LogFiles => {
    const { current } = sessionSegments(FOLDER);
    return filesOf({
      [current]: events.map((event) => JSON.stringify(event)),
      [segmentsOf(FOLDER, "old").current]: [],
    });
  };

  test("names, groups and services of the newest session, and apps that only have logs", () => {
    const checked = { event: "infra.checked", at: moment(2), ms: 1, services: [{ service: "db", container: "c1" }] };
    const past = readPast(files(starting({ project: "before" }), starting(), checked), FOLDER);
    expect(past).toMatchObject({
      project: "shop",
      namespace: "n",
      apps: ["api", "old"],
      tasks: ["migrate"],
      groups: { all: ["api"] },
    });
    expect([...past.services]).toEqual([["db", "c1"]]);
  });

  test("a session that the log has no end of runs, or was killed", () => {
    const [stopping, stopped] = ["session.stopping", "session.stopped"].map((event) => ({ event, at: moment(2) }));
    const of = (...events: object[]) => readPast(files(...events), FOLDER).interrupted;
    expect(of(starting(), { event: "session.ready", at: moment(2), ms: 1 })).toBe("s");
    expect(of(starting(), stopping!)).toBe(null);
    expect(of(starting(), stopping!, stopped!)).toBe(null);
    expect(of(starting(), stopped!, starting({ session: "t" }))).toBe("t");
    expect(of(stopping!)).toBe(null);
  });

  test("a version that knew no tasks logged none", () => {
    expect(readPast(files(starting({ tasks: undefined, groups: undefined, apps: ["api"] })), FOLDER)).toMatchObject({
      tasks: [],
      groups: {},
    });
  });

  test("without any session only the files' names are known", () => {
    expect(readPast(filesOf({}), FOLDER)).toMatchObject({ project: null, apps: [] });
  });

  test.each([
    ["of any app", [], moment(9)],
    ["of one app", ["api"], moment(5)],
    ["of an app that never reloaded", ["web2"], null],
  ] as [string, string[], string | null][])("the newest save %s", (_, apps, at) => {
    const reload = (app: string, second: number): object => ({
      event: "app.reloaded",
      at: moment(50),
      app,
      savedAt: moment(second),
    });
    expect(lastSave(files(reload("api", 1), reload("api", 5), reload("web", 9)), FOLDER, apps)).toBe(at);
  });
});

describe("records and lines, whatever is in them", () => {
  const anyText = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.string({ maxLength: 40 }));
  const anyRecord = fc
    .record({
      n: fc.nat({ max: 2 ** 40 }),
      app: anyText,
      line: anyText,
      stream: fc.constantFrom("out" as const, "err" as const),
    })
    .map((one): LogRecord => ({ at: moment(one.n % 60), ...one }));

  test("a record is one line of JSON that reads back as it was, the time first", () => {
    const encoder = createEncoder();
    fc.assert(
      fc.property(anyRecord, (one) => {
        const bytes = Buffer.alloc(encoder.next(one));
        const text = bytes.toString("utf8", 0, encoder.write(bytes, 0));
        expect(text.indexOf("\n")).toBe(text.length - 1);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(one)));
        expect(timeOf(text)).toBe(one.at);
        expect(decodeRecords(text)).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });

  test("devpm logs --json holds what JSON.stringify would, without colours and without the number", () => {
    fc.assert(
      fc.property(anyRecord, ({ at, app, stream, line, n }) => {
        const json = JSON.parse(`{${logFields({ at, app, stream, line })}}`) as object;
        expect(json).toEqual(JSON.parse(JSON.stringify({ at, app, stream, line: plainLine(line) })));
        expect(json).not.toHaveProperty("n", n);
      }),
      { numRuns: 1_000 },
    );
  });

  test("merged streams are sorted, whole, and each keeps its order", () => {
    const sorted = fc
      .uniqueArray(fc.nat({ max: 1_000 }), { maxLength: 20 })
      .map((some) => some.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(sorted, { maxLength: 5 }), (streams) => {
        const merged = [
          ...mergeRecords(
            streams.map((some) => some.map((n) => record(n)).values()),
            1,
          ),
        ].map(({ n }) => n);
        expect(merged).toEqual(streams.flat().toSorted((a, b) => a - b));
        const back = streams.map((some) =>
          some
            .toReversed()
            .map((n) => record(n))
            .values(),
        );
        expect([...mergeRecords(back, -1)].map(({ n }) => n)).toEqual(merged.toReversed());
      }),
    );
  });

  test("streams that are merged end with their reader, for they have files open", () => {
    const ended: number[] = [];
    const stream = function* (from: number): Generator<LogRecord> {
      try {
        for (let n = from; ; n += 2) yield record(n);
      } finally {
        ended.push(from);
      }
    };
    for (const { n } of mergeRecords([stream(1), stream(2)], 1)) if (n === 5) break;
    expect(ended).toEqual([1, 2]);
  });

  test("lines are the same wherever the chunks are cut", () => {
    const text = fc
      .array(fc.constantFrom("a", "ü", "🙂", "\n", "\r\n", "\r", "word "), { maxLength: 40 })
      .map((parts) => parts.join(""));
    const split = (chunks: string[]): string[] => {
      const lines: string[] = [];
      const splitter = createLines();
      for (const chunk of chunks) splitter.push(chunk, (line) => lines.push(line));
      splitter.flush((line) => lines.push(line));
      return lines;
    };
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 60 }), { maxLength: 5 }), (whole, cuts) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).toSorted((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end));
        expect(split(chunks)).toEqual(split([whole]));
      }),
      { numRuns: 2_000 },
    );
  });

  test("no line is longer than the longest and its remark, however long the app's was", () => {
    const lines: string[] = [];
    const longest = 1_000;
    const splitter = createLines(longest);
    for (let n = 0; n < 5; n++) splitter.push("x".repeat(longest), (line) => lines.push(line));
    splitter.push("\nnext\n", (line) => lines.push(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]!.length).toBeLessThan(longest + 100);
    expect(lines[0]).toContain(`devpm cut ${4 * longest} more characters`);
    expect(lines[1]).toBe("next");
  });
});
