import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { array, assert, constantFrom, integer, property, string, tuple, boolean, oneof } from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { byStrings, type ByteWork } from "../../../src/logs/by-strings.ts";
import { eachBetween, encodeLines } from "../../../src/logs/encode-lines.ts";
import { SOURCE } from "../../../src/logs/simd-module.ts";
import { compiled, openScan, replaceLineEnds } from "../../../src/logs/simd.ts";
import { encodedText } from "../../../src/system/byte-queue.ts";

it("is made of the source that stands beside it", () => {
  const source = readFileSync(new URL("../../../src/logs/simd.wat", import.meta.url));
  expect(SOURCE, "node scripts/compile-simd.mjs").toBe(createHash("sha256").update(source).digest("hex"));
});

/** By then the module is compiled. */
const MUCH = 32 * 1024 + 1;

const plainByte = oneof({ weight: 20, arbitrary: integer({ min: 0x20, max: 0x7e }) }, constantFrom(9, 10, 0x22, 0x5c));
const anyByte = oneof({ weight: 40, arbitrary: plainByte }, integer({ min: 0, max: 255 }));

describe("where there is no WebAssembly", () => {
  it("the same is done by strings", () => {
    const [fast, slow] = [compiled(), byStrings(4_096)];
    const results = ({ count, escapes, stopped }: ByteWork) => [count.value, escapes.value !== 0, stopped.value];
    const spot = integer({ min: 0, max: 300 });
    assert(
      property(
        array(anyByte, { minLength: 300, maxLength: 300 }),
        array(plainByte, { minLength: 300, maxLength: 300 }),
        tuple(spot, spot, integer({ min: 0, max: 40 }), spot, boolean()),
        (any, plain, [a, b, length, room, escaping]) => {
          const [at, end] = [Math.min(a, b), Math.max(a, b)];
          for (const { memory } of [fast, slow]) memory.set(any);
          expect(slow.scan(at, end)).toBe(fast.scan(at, end));
          expect(results(slow)).toEqual(results(fast));

          for (const { memory } of [fast, slow]) memory.set(plain);
          const result = ({ memory, replace, written }: ByteWork) => {
            memory.set(
              Array.from({ length: 40 }, (_, n) => 97 + (n % 26)),
              400,
            );
            const stopped = replace(at, end, 400, length, 1_000, 1_000 + room, escaping ? 1 : 0);
            return [stopped, memory.toString("latin1", 1_000, 1_000 + written.value)];
          };
          const [[slowStop, slowText], [fastStop, fastText]] = [result(slow), result(fast)];
          // sixteen bytes at once may go further, or one byte at once
          if (slowStop === end && fastStop === end) expect(slowText).toBe(fastText);
          else {
            const common = Math.min(String(slowText).length, String(fastText).length);
            expect(String(slowText).slice(0, common)).toBe(String(fastText).slice(0, common));
            expect(String(slowText).length).toBeGreaterThan(room);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("little more than it reads is made a string, also where each line has an odd byte", () => {
    const line = "➜ http://localhost:5173/\n";
    const bytes = Buffer.from(line.repeat(3_000));
    const { memory, scan, stopped } = byStrings(bytes.length);
    memory.set(bytes);
    const read = vi.spyOn(memory, "toString");
    for (let at = 0; at < bytes.length; at = bytes.indexOf("\n", stopped.value) + 1) scan(at, bytes.length);
    const lengths = read.mock.calls.map(([, from = 0, to = 0]) => to - from);
    expect(lengths.length).toBeGreaterThanOrEqual(3_000);
    expect(Math.max(...lengths)).toBeLessThan(1_000);
  });

  it.each([
    ["it is missing", undefined],
    [
      "a limit of addresses forbids its memory",
      {
        Module: Object,
        Instance: function forbidden() {
          throw new RangeError("Out of memory");
        },
      },
    ],
  ])("lines are found and written all the same: %s", async (_, global) => {
    vi.stubGlobal("WebAssembly", global);
    vi.resetModules();
    onTestFinished(() => void (vi.unstubAllGlobals(), vi.resetModules()));
    const without = await import("../../../src/logs/simd.ts");
    without.openScan(Buffer.alloc(MUCH, "x"));
    const scan = without.openScan(Buffer.from('one\n"two"\nü'));
    expect(scan.lines(0, 12)).toEqual({ count: 2, escapes: true, next: 10, stopped: 10 });
    const parts: string[] = [];
    without.replaceLineEnds(scan.text(0, 9), Buffer.from(" / "), true, (part) => void parts.push(part.toString()));
    expect(parts.join("")).toBe('one / \\"two\\"');
  });
});

describe("before much has come", () => {
  it("nothing is compiled, and what is found and held then stays right when it is", async () => {
    const Module = vi.fn(WebAssembly.Module);
    vi.stubGlobal("WebAssembly", { Module, Instance: WebAssembly.Instance });
    vi.resetModules();
    onTestFinished(() => void (vi.unstubAllGlobals(), vi.resetModules()));
    const { openScan: open, replaceLineEnds: replace } = await import("../../../src/logs/simd.ts");
    const replacedBy = (text: string): string => {
      const parts: string[] = [];
      replace(text, Buffer.from("-"), true, (part) => void parts.push(part.toString()));
      return parts.join("");
    };
    const early = open(Buffer.from('one\n"two"\n'));
    expect(early.lines(0, 10)).toEqual({ count: 2, escapes: true, next: 10, stopped: 10 });
    const text = early.text(0, 9);
    expect(replacedBy(text)).toBe('one-\\"two\\"');
    expect(Module).not.toHaveBeenCalled();

    const late = open(Buffer.from("x\n".repeat(MUCH)));
    expect(late.lines(0, 100)).toEqual({ count: 50, escapes: false, next: 100, stopped: 100 });
    expect(Module).toHaveBeenCalledOnce();
    expect(replacedBy(text)).toBe('one-\\"two\\"');
    expect(early.lines(4, 10)).toEqual({ count: 1, escapes: true, next: 10, stopped: 10 });
    // held in the other memory
    const other = early.text(4, 9);
    expect(replacedBy(other)).toBe('\\"two\\"');
    expect(late.lines(100, 102)).toEqual({ count: 1, escapes: false, next: 102, stopped: 102 });
    expect(replacedBy(late.text(100, 101))).toBe("x");
    expect(Module).toHaveBeenCalledOnce();
  });
});

/** The same, byte by byte. */
function scannedSlowly(bytes: Uint8Array, from: number, to: number) {
  let [count, next, stopped, escapes, begun] = [0, from, to, false, false];
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte !== 9 && byte !== 10 && (byte < 0x20 || byte > 0x7e)) {
      stopped = at;
      break;
    }
    if (byte === 9 || byte === 0x22 || byte === 0x5c) begun = true;
    if (byte !== 10) continue;
    count++;
    next = at + 1;
    escapes ||= begun;
    begun = false;
  }
  return { count, escapes, next, stopped };
}

describe("a scan", () => {
  it("finds what a look at each byte finds, from wherever to wherever", () => {
    assert(
      property(
        array(anyByte, { maxLength: 200 }),
        integer({ min: 0, max: 200 }),
        integer({ min: 0, max: 200 }),
        (all, a, b) => {
          const bytes = Buffer.from(all);
          const [from, to] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
          const scan = openScan(bytes);
          const found = scan.lines(from, to);
          expect(found).toEqual(scannedSlowly(bytes, from, to));
          const text = bytes.toString("latin1", from, found.next);
          expect(scan.text(from, found.next)).toBe(text);
          // it is in the memory already
          expect(replaced(text, "|", false)).toBe(replacedSlowly(text, "|", false));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("goes on in the same piece, however long it is and whatever else is scanned meanwhile", () => {
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `line ${n} ${"x".repeat(n % 40)}\n`).join(""));
    expect(bytes.length).toBeGreaterThan(512 * 1024);
    const scan = openScan(bytes);
    let count = 0;
    for (let at = 0; at < bytes.length;) {
      const to = Math.min(bytes.length, at + 30_000);
      const found = scan.lines(at, to);
      expect(found).toEqual(scannedSlowly(bytes, at, to));
      count += found.count;
      at = found.next;
      openScan(Buffer.from("\u0000".repeat(40_000))).lines(0, 40_000);
    }
    expect(count).toBe(20_000);
    // and back again
    expect(scan.lines(0, 1_000)).toEqual(scannedSlowly(bytes, 0, 1_000));
  });
});

/** The same by strings. */
const replacedSlowly = (text: string, by: string, escapes: boolean): string =>
  text
    .split("\n")
    .map((line) => (escapes ? JSON.stringify(line).slice(1, -1) : line))
    .join(by);

function replaced(text: string, by: string, escapes: boolean): string {
  const parts: Buffer[] = [];
  replaceLineEnds(text, Buffer.from(by), escapes, (part) => void parts.push(Buffer.from(part)));
  return Buffer.concat(parts).toString();
}

const plainText = array(plainByte, { maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1"));

describe("line ends", () => {
  it("are replaced by anything, and what JSON escapes is escaped where it is wanted", () => {
    assert(
      property(plainText, string({ unit: "grapheme", maxLength: 50 }), boolean(), (text, by, escapes) => {
        expect(replaced(text, by, escapes)).toBe(replacedSlowly(text, by, escapes));
      }),
      { numRuns: 2_000 },
    );
  });

  it("are replaced in texts that have no room in the memory at once, by what makes them many times as long", () => {
    const long = Array.from({ length: 5_000 }, (_, n) => `"line"\t${n} ${"\\".repeat(n % 50)}`).join("\n");
    expect(long.length).toBeGreaterThan(128 * 1024);
    const by = `"}\n${"¦ 東京 ".repeat(40)}`;
    for (const text of [long, "\n".repeat(70_000), "x".repeat(200_000), `${"\t".repeat(65_536)}\n`, ""])
      for (const escapes of [false, true])
        expect(replaced(text, by, escapes) === replacedSlowly(text, by, escapes)).toBe(true);
    expect(replaced("a\nb", "-".repeat(60_000), false)).toBe(`a${"-".repeat(60_000)}b`);
  });

  it("of a text that was scanned are replaced after another piece was", () => {
    const scan = openScan(Buffer.from("one\ntwo\n"));
    scan.lines(0, 8);
    const text = scan.text(0, 7);
    expect(replaced(text, "-", false)).toBe("one-two");
    openScan(Buffer.from("xxx\nxxx\n")).lines(0, 8);
    expect(replaced(text, "-", false)).toBe("one-two");
    expect(replaced("six\nten", "-", false)).toBe("six-ten");
    expect(replaced(text, "-", false)).toBe("one-two");
  });

  it("of one text are replaced in several ways, and of another of the same length after it", () => {
    expect(replaced("a\nb", "1", false)).toBe("a1b");
    expect(replaced("a\nb", "22", false)).toBe("a22b");
    expect(replaced("c\nd", "22", false)).toBe("c22d");
    expect(replaced("a\nb", "1", false)).toBe("a1b");
  });
});

it("lines are encoded with text around each or all of them, in no more bytes than announced", () => {
  const around = string({ unit: "grapheme", maxLength: 20 });
  assert(
    property(
      array(plainText, { minLength: 1, maxLength: 20 }),
      tuple(around, around, around),
      boolean(),
      (texts, three, escapes) => {
        const text = texts.join("\n");
        const batch = { text, count: text.split("\n").length };
        const [before, between, after] = three;
        const encoded = encodeLines(batch, { before, between, after, escapes });
        const block = Buffer.alloc(encoded.atMost + 7);
        const end = encoded.write(block, 5);
        expect(end - 5).toBeLessThanOrEqual(encoded.atMost);
        expect(block.toString("utf8", 5, end)).toBe(before + replacedSlowly(text, between, escapes) + after);
        expect(encodedText(eachBetween(batch, before, after, escapes))).toBe(
          before + replacedSlowly(text, after + before, escapes) + after,
        );
      },
    ),
  );
});
