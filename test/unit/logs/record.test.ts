import { describe, expect, it } from "vitest";
import { createEncoder, decodeRecords, timeOf, type LogRecord } from "../../../src/logs/record.ts";
import { mergeRecords } from "../../../src/logs/merge.ts";
import { appsWithLogs, segmentsOf, sessionSegments } from "../../../src/logs/segments.ts";

const record = (over: Partial<LogRecord>): LogRecord => ({
  at: "2026-01-31T12:00:00.123Z",
  n: 1,
  app: "backend",
  stream: "out",
  line: "hello",
  ...over,
});

describe("records", () => {
  it("come back as they were, whatever is in the line", () => {
    const encoder = createEncoder();
    const bytes = Buffer.alloc(1_000);
    const encode = (one: LogRecord): string => {
      const atMost = encoder.next(one);
      const end = encoder.write(bytes, 7);
      expect(end - 7).toBeLessThanOrEqual(atMost);
      return bytes.toString("utf8", 7, end);
    };
    const lines = [
      "",
      "plain",
      'a "quoted" \\ word',
      "tab\there",
      "\u001B[31mred\u001B[0m",
      "ümläut 🙂",
      "\u0000".repeat(50),
      "ü".repeat(50),
    ];
    const records = lines.flatMap((line, n) => [
      record({ line, n }),
      record({ line, n: n * 10 ** 9 + 9, stream: "err", app: 'we"b' }),
    ]);
    for (const each of records) {
      const text = encode(each);
      expect(text.endsWith("\n") && text.indexOf("\n") === text.length - 1).toBe(true);
      expect(decodeRecords(text)).toEqual([each]);
      expect(timeOf(text)).toBe(each.at);
    }
  });

  it("are not made of torn lines and foreign text", () => {
    for (const text of [
      "",
      "{",
      "null",
      "[]",
      '{"at":"x"}',
      "hello",
      '{"at":"x","n":1}',
      '{"at":"x","n":1,"lines":[]}',
    ])
      expect(decodeRecords(text)).toEqual([]);
    expect(timeOf("hello")).toBeNull();
  });

  it("are merged by number in either direction", () => {
    const streams = (): Iterator<LogRecord>[] => [
      [record({ n: 1 }), record({ n: 4 })].values(),
      [].values(),
      [record({ n: 2 }), record({ n: 3 }), record({ n: 9 })].values(),
    ];
    expect([...mergeRecords(streams(), 1)].map(({ n }) => n)).toEqual([1, 2, 3, 4, 9]);
    const backwards = [
      [9, 3, 2],
      [4, 1],
    ].map((numbers) => numbers.map((n) => record({ n })).values());
    expect([...mergeRecords(backwards, -1)].map(({ n }) => n)).toEqual([9, 4, 3, 2, 1]);
  });
});

describe("log files", () => {
  it("belong to one app each, whatever its name", () => {
    const names = ["backend", "backend.previous", "backend@previous", "@session", "a/b", "..", "mit leer", "ünï"];
    const files = names.flatMap((name) => Object.values(segmentsOf("/logs", name)));
    const all = [...files, ...Object.values(sessionSegments("/logs"))];
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((file) => file.lastIndexOf("/") === "/logs".length)).toBe(true);
    expect(appsWithLogs(all.map((file) => file.slice("/logs/".length)))).toEqual(names.toSorted());
  });
});
