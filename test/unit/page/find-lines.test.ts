import { expect, test } from "vitest";
import type { LineQuery } from "../../../src/model/page.ts";
import { findLines, findSaves } from "../../../src/page/find-lines.ts";
import { boundedPattern } from "../../../src/system/bounded-pattern.ts";
import type { LogFiles } from "../../../src/system/logs/log-files.ts";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 31, 12, 0, second)).toISOString();

const record = (n: number, app: string, line: string, stream = "out"): string =>
  JSON.stringify({ at: at(n), app, stream, n, line });

/** `a` and `b` in turn, and a batch of `a`; a traceback in `a`. */
const FILES: Record<string, string[]> = {
  "a@previous.jsonl": [record(1, "a", "one"), record(3, "a", "\u001B[31mthree\u001B[0m")],
  "a.jsonl": [
    JSON.stringify({ at: at(5), app: "a", stream: "out", n: 5, lines: "five\nsix" }),
    record(7, "a", "Traceback (most recent call last):", "err"),
    record(9, "a", '  File "x.py", line 1', "err"),
    record(10, "a", "KeyError: 'tea'", "err"),
  ],
  "b.jsonl": [record(2, "b", "two"), record(4, "b", "FOUR"), record(8, "b", "eight")],
  "@session.jsonl": [
    JSON.stringify({ event: "app.reloaded", at: at(0), app: "a", file: "/old.py", ok: true }),
    JSON.stringify({ event: "session.starting", at: at(1) }),
    JSON.stringify({ event: "app.reloaded", at: at(2), app: "a", file: "/x.py", ok: true }),
    JSON.stringify({ event: "notice", at: at(3), text: "" }),
    JSON.stringify({ event: "app.reloaded", at: at(4), app: "a", file: "/y.py", ok: false }),
  ],
};

const named = (files: readonly string[]): string[] => files.map((file) => file.replace("/logs/", ""));

const logFiles: Pick<LogFiles, "names" | "backwards" | "forwards"> = {
  names: () => Object.keys(FILES),
  *backwards(files) {
    for (const file of named(files)) yield* (FILES[file] ?? []).toReversed();
  },
  *forwards(files, before) {
    for (const file of named(files).toReversed()) yield* (FILES[file] ?? []).filter((line) => !before(line));
  },
};

const finder = { logFiles: logFiles as LogFiles, bounded: boundedPattern };
const ALL: LineQuery = {
  apps: [],
  before: null,
  after: null,
  limit: 100,
  since: null,
  until: null,
  find: "",
  level: null,
};
const found = (query: Partial<LineQuery>) => {
  const { lines, isEnd } = findLines(finder, "/logs", { ...ALL, ...query });
  return { n: lines.map(({ n }) => n), isEnd };
};

test.each([
  ["all of them, in order", {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], true],
  ["the newest", { limit: 3 }, [8, 9, 10], false],
  ["the next older ones", { before: 8, limit: 3 }, [5, 6, 7], false],
  ["the oldest", { before: 3, limit: 3 }, [1, 2], true],
  ["the next newer ones", { after: 4, since: at(4), limit: 3 }, [5, 6, 7], false],
  ["the first", { after: 0, limit: 2 }, [1, 2], false],
  ["of one app", { apps: ["b"] }, [2, 4, 8], true],
  ["of an app without lines", { apps: ["c"] }, [], true],
  ["of a time", { since: at(4), until: at(5) }, [4, 5, 6], true],
  ["with a text, whatever its case and colours", { find: "THREE" }, [3], true],
  ["with a text that has signs of a pattern", { find: "(most" }, [7], true],
  ["with a pattern", { find: /^f/i }, [4, 5], true],
  ["with a pattern of its own case", { find: /^F/ }, [4], true],
  ["errors, a traceback with all its lines", { level: "error" as const }, [7, 9, 10], true],
  ["the newest errors", { level: "error" as const, limit: 2 }, [9, 10], false],
  ["older errors", { level: "error" as const, before: 10, limit: 1 }, [9], false],
  ["errors with a text", { level: "error" as const, find: "tea" }, [10], true],
] as [string, Partial<LineQuery>, number[], boolean][])("%s", (_, query, n, isEnd) => {
  expect(found(query)).toEqual({ n, isEnd });
});

test("long lines are shortened, and an answer has so many of them", () => {
  const long = `Error: ${"x".repeat(80_000)}`;
  const files: Pick<LogFiles, "names" | "backwards" | "forwards"> = {
    names: () => ["a.jsonl"],
    *backwards([current = ""]) {
      if (current.endsWith("/a.jsonl")) for (let n = 160; n > 0; n--) yield record(n, "a", long);
    },
    *forwards() {
      for (let n = 1; n <= 160; n++) yield record(n, "a", long);
    },
  };
  const ask = (query: Partial<LineQuery>) =>
    findLines({ ...finder, logFiles: files as LogFiles }, "/logs", { ...ALL, limit: 2_000, ...query });
  for (const query of [{}, { after: 0 }, { level: "error" as const }]) {
    const { lines, isEnd } = ask(query);
    expect(isEnd).toBe(false);
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.reduce((sum, { line }) => sum + line.length, 0)).toBeLessThan(9 * 1024 * 1024);
    expect(lines[0]?.line).toMatch(/x … \(\d+ more characters of this line: devpm logs a\)$/);
  }
  expect(ask({}).lines.at(-1)?.n).toBe(160);
  expect(ask({ after: 0 }).lines[0]?.n).toBe(1);
  expect(ask({ level: "error" }).lines.at(-1)?.n).toBe(160);
  // what is not shown is searched all the same
  expect(ask({ find: "xxx", limit: 1 }).lines).toHaveLength(1);
});

test("a match that the beginning of a long line does not have comes with the part around it", () => {
  const colours = "\u001B[0m".repeat(600);
  const lines = [
    `${"a".repeat(3_000)} needle ${"b".repeat(100)}`,
    `needle ${"a".repeat(5_000)} needle`,
    // what a row shows of it is counted with its colours
    `${colours}needle ${"c".repeat(3_000)}`,
    `${"😀".repeat(40_000)}xneedle${"😀".repeat(40_000)}`,
  ];
  const files: Pick<LogFiles, "names" | "backwards" | "forwards"> = {
    names: () => ["a.jsonl"],
    *backwards([current = ""]) {
      if (current.endsWith("/a.jsonl")) yield* lines.map((line, index) => record(index + 1, "a", line)).toReversed();
    },
    *forwards() {
      yield* lines.map((line, index) => record(index + 1, "a", line));
    },
  };
  const ask = (query: Partial<LineQuery>) =>
    findLines({ ...finder, logFiles: files as LogFiles }, "/logs", { ...ALL, ...query }).lines;
  for (const query of [
    { find: "NEEDLE" },
    { find: /(n)e*dle/ },
    { find: "needle", after: 0 },
    { find: "needle", level: "info" as const },
  ]) {
    const [first, second, third, fourth] = ask(query).map(({ around }) => around);
    expect(first).toEqual({ before: 2_961, text: `${"a".repeat(39)} needle ${"b".repeat(100)}`, after: 0 });
    expect(second).toBeUndefined();
    expect(third?.text).toMatch(/^needle ccc/);
    // not in the middle of a character, and however far away it is
    expect(fourth).toMatchObject({ before: 79_960, after: 78_048 });
    expect(fourth?.text).toMatch(/^(?:😀){20}xneedle(?:😀)+$/u);
  }
  expect(ask({}).some((line) => "around" in line)).toBe(false);
});

test("the saves of the session that runs, oldest first", () => {
  expect(findSaves(finder, "/logs").map(({ file }) => file)).toEqual(["/x.py", "/y.py"]);
});
