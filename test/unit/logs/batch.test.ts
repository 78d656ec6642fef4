import { array, assert, constantFrom, integer, oneof, property, string, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { createLines, shownLine } from "../../../src/logs/lines.ts";
import { RecentLines } from "../../../src/logs/recent-lines.ts";
import { decodeRecords, encodeBatch } from "../../../src/logs/record.ts";
import { plainLinesIn } from "../../../src/logs/scan.ts";
import type { LogStore } from "../../../src/logs/store.ts";
import type { Stamped } from "../../../src/model/events.ts";
import { LONGEST_SHOWN_LINE } from "../../../src/model/limits.ts";
import { eventsOf, lastLineOf, linesOf } from "../../../src/model/log-batch.ts";
import { createAppOutput, type Printer } from "../../../src/session/apps/output.ts";
import { createEventStream } from "../../../src/session/stream.ts";
import { createJsonUi } from "../../../src/ui/json.ts";
import { at, batchOf, said, written } from "../ui/fake.ts";
import { encodedText } from "../../../src/system/byte-queue.ts";
import { createPlainUi } from "../../../src/ui/plain.ts";
import { plain } from "../ui/fake.ts";

const printable = string({
  unit: oneof(string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }), constantFrom("\t", '"', "\\")),
  maxLength: 40,
});
const lines = array(printable, { minLength: 1, maxLength: 40 });

describe("a batch of lines", () => {
  it("is what the scan finds: plain lines, up to the first that is something else", () => {
    const bytes = Buffer.from('one\n\ttwo "2"\n\nthree\u001B[0m\nfour\n');
    const first = (text: string) => plainLinesIn(Buffer.from(text))(0);
    const found = plainLinesIn(bytes);
    expect(found(0)).toEqual({ count: 3, text: 'one\n\ttwo "2"\n', escapes: true, next: 14, begins: false });
    expect(found(bytes.indexOf("four"))).toMatchObject({ count: 1, escapes: false });
    expect(first("ünd\n")).toMatchObject({ count: 0, next: 0 });
    expect(first("no end")).toMatchObject({ count: 0, next: 0, begins: true });
    expect(first("crlf\r\nx\n")).toMatchObject({ count: 0 });
    // a line with quotes that does not end here says nothing about those before it
    expect(first('one\n"two')).toMatchObject({ count: 1, escapes: false });
  });

  it("has no byte but printable ASCII and tabs in it, wherever it stands in memory", () => {
    const found = (byte: number): number[] =>
      Array.from({ length: 12 }, (_, place) => {
        const memory = Buffer.from("zz ~ abcdefgh\n");
        memory[place + 1] = byte;
        return plainLinesIn(memory.subarray(1))(0).count;
      });
    for (let byte = 0; byte < 256; byte++) {
      const isText = byte === 0x09 || (byte >= 0x20 && byte < 0x7f);
      const count = byte === 0x0a ? 2 : isText ? 1 : 0;
      expect({ byte, found: found(byte) }).toEqual({ byte, found: Array.from({ length: 12 }, () => count) });
    }
  });

  it("is no longer than what is fast to work with", () => {
    const bytes = Buffer.from(`${"x".repeat(99)}\n`.repeat(3_000));
    const found = plainLinesIn(bytes);
    const first = found(0);
    expect(first.count).toBeGreaterThan(1_000);
    expect(first.next).toBe(first.count * 100);
    expect(first.next).toBeLessThan(128 * 1024);
    expect(found(bytes.length - 100)).toMatchObject({ count: 1, next: bytes.length });
  });

  it("is the same lines as strings, as events, in the history and on a screen", () => {
    assert(
      property(lines, integer({ min: 1, max: 2 ** 33 }), (texts, n) => {
        const batch = batchOf('we"b', texts, n);
        expect(linesOf(batch)).toEqual(texts);
        expect(lastLineOf(batch)).toBe(texts.at(-1));
        const events = eventsOf(batch);
        expect(events).toEqual(
          texts.map((line, index) => ({ event: "log", at, app: 'we"b', stream: "out", line, n: n + index })),
        );
        const encoded = encodedText(encodeBatch(batch));
        expect(encoded.indexOf("\n")).toBe(encoded.length - 1);
        expect(decodeRecords(encoded)).toEqual(events.map((event) => ({ ...event, event: undefined })));

        const json = written();
        createJsonUi(json, (text) => text).lines(batch);
        const eachJson = written();
        for (const event of events) createJsonUi(eachJson, (text) => text).event(event);
        expect(json.text()).toBe(eachJson.text());

        const out = written();
        createPlainUi(out, { colors: plain, verbose: false, asTyped: (text) => text }).lines(batch);
        expect(out.text()).toBe(said(events));
      }),
    );
  });

  it("is remembered as far as its last lines count", () => {
    const numbered = (from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
    const recent = new RecentLines(200);
    expect(recent.lines).toEqual([]);
    for (const line of numbered(0, 5_000)) recent.add(line);
    expect(recent.lines).toEqual(numbered(4_800, 5_000));
    recent.addBatch(batchOf("a", numbered(5_000, 5_150)));
    recent.add("line 5150");
    expect(recent.lines).toEqual(numbered(4_951, 5_151));
    for (let from = 5_151; from < 20_151; from += 500) recent.addBatch(batchOf("a", numbered(from, from + 500)));
    expect(recent.lines).toEqual(numbered(19_951, 20_151));
    recent.clear();
    expect(recent.lines).toEqual([]);
  });
});

/** What reaches the history and the readers of a stream that arrives in these pieces. */
function through(chunks: readonly Uint8Array[], shown?: readonly string[]): string[] {
  const kept: string[] = [];
  const heard: string[] = [];
  const seen: string[] = [];
  let n = 0;
  const logs: Pick<LogStore, "append" | "appendBatch"> = {
    append(app, stream, line) {
      kept.push(line);
      return { at, n: ++n, app, stream, line };
    },
    appendBatch(batch) {
      const numbered = { ...batch, at, n: n + 1 };
      n += batch.count;
      // as the history has them
      kept.push(...decodeRecords(encodedText(encodeBatch(numbered))).map(({ line }) => line));
      expect(kept).toHaveLength(n);
      return numbered;
    },
  };
  const stream = createEventStream({ now: () => new Date(at) } as Parameters<typeof createEventStream>[0]);
  const hear = (event: Stamped): void => {
    if (event.event !== "log") return;
    heard.push(event.line);
    expect(event.n).toBe(heard.length);
  };
  stream.subscribe(hear, { lines: (batch) => eventsOf(batch).forEach(hear) });
  const printer: Printer = {
    line: (text) => void seen.push(text),
    lines: (batch) => void seen.push(...linesOf(batch)),
  };
  const output = createAppOutput(logs as LogStore, stream, () => printer, { begun: () => {} });
  const reused = Buffer.alloc(Math.max(...chunks.map(({ length }) => length), 0));
  for (const chunk of chunks) {
    reused.set(chunk);
    void output.take({ app: "a", id: 3, stream: "out", bytes: reused.subarray(0, chunk.length) });
    reused.fill(0);
  }
  output.flush("a", 3);
  expect(heard).toEqual(shown ?? kept);
  expect(seen).toEqual(shown ?? kept);
  return kept;
}

it("a plain line that is too long for a screen is shown as any other one, with those around it", () => {
  const texts = ["before", "x".repeat(LONGEST_SHOWN_LINE), "y".repeat(LONGEST_SHOWN_LINE + 1), '"between"', "after"];
  const shown = texts.map((text) => shownLine(text, "a"));
  expect(shown[2]).toContain("1 more characters");
  expect(through([Buffer.from(`${texts.join("\n")}\n`)], shown)).toEqual(texts);
  // the end of a line is another piece's
  const [begun, ended] = ["z".repeat(4_000), "z".repeat(LONGEST_SHOWN_LINE - 3_000)];
  const pieces = [begun, `${ended}\nnext\n`].map((text) => Buffer.from(text));
  expect(through(pieces, [shownLine(begun + ended, "a"), "next"])).toEqual([begun + ended, "next"]);
});

it("output is split into the same lines, whatever is in it and wherever its pieces end", () => {
  const word = oneof(
    printable,
    constantFrom("\n", "\n\n", "\r\n", "10%\r20%", "tab\t", '{"level":"info"}', "東京", "🙂", "\u001B[31mred\u001B[0m"),
  );
  const text = array(word, { maxLength: 30 }).map((words) => Buffer.from(words.join("")));
  assert(
    property(oneof(text, uint8Array({ maxLength: 300 })), array(integer({ min: 1, max: 40 })), (bytes, cuts) => {
      const chunks: Uint8Array[] = [];
      for (let from = 0, piece = 0; from < bytes.length; piece++) {
        const to = Math.min(bytes.length, from + (cuts[piece % Math.max(1, cuts.length)] ?? bytes.length));
        chunks.push(bytes.subarray(from, to));
        from = to;
      }
      const expected: string[] = [];
      const whole = createLines();
      whole.push(Buffer.from(bytes).toString(), (line) => expected.push(line));
      whole.flush((line) => expected.push(line));
      expect(through(chunks)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
