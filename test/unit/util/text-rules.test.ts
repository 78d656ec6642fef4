import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coloredLine,
  counted,
  displayWidth,
  duration,
  joinWithAnd,
  pad,
  plainLine,
  plural,
  shorten,
  visible,
  wrap,
} from "../../../src/util/text.ts";

/** Letters, wide ones, marks, emoji and colours. */
const piece = fc.constantFrom(
  "a",
  "word",
  " ",
  "  ",
  "日本",
  "👩‍👩‍👧",
  "é",
  "e\u0301",
  "\u001B[31m",
  "\u001B[0m",
  "✔",
  "한",
  "…",
);
const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(""));
const words = fc.array(fc.constantFrom("a", "word", "longer-word", "日本", "✔"), { minLength: 1, maxLength: 20 });
const width = fc.integer({ min: 1, max: 40 });

describe("a text in columns", () => {
  test("has the width of its parts", () => {
    const sound = fc
      .array(fc.constantFrom("a", "日", "✔", "한", " "), { maxLength: 10 })
      .map((parts) => parts.join(""));
    fc.assert(fc.property(sound, sound, (a, b) => displayWidth(a + b) === displayWidth(a) + displayWidth(b)));
  });

  test("is at least as wide as asked once it is padded, and is otherwise untouched", () => {
    fc.assert(
      fc.property(text, width, (one, columns) => {
        const padded = pad(one, columns);
        expect(padded.startsWith(one)).toBe(true);
        expect(padded.slice(one.length).trim()).toBe("");
        expect(displayWidth(padded)).toBe(Math.max(columns, displayWidth(one)));
      }),
    );
  });

  test("fits once it is shortened, and one that fits is untouched", () => {
    fc.assert(
      fc.property(text, width, (one, columns) => {
        const short = shorten(one, columns);
        expect(displayWidth(short)).toBeLessThanOrEqual(columns);
        if (displayWidth(one) <= columns) expect(short).toBe(one);
        else expect(short.endsWith("…")).toBe(true);
      }),
    );
  });
});

describe("a wrapped text", () => {
  test("has the same words in the same order", () => {
    fc.assert(
      fc.property(words, width, (some, columns) => {
        expect(wrap(some.join(" "), columns).join(" ").split(/ +/)).toEqual(some);
      }),
    );
  });

  test("fits, except for a word that is too long by itself", () => {
    fc.assert(
      fc.property(words, width, (some, columns) => {
        for (const line of wrap(some.join(" "), columns))
          expect(displayWidth(line) <= columns || !line.includes(" "), line).toBe(true);
      }),
    );
  });

  test("wastes no line: each next word would not have fitted", () => {
    fc.assert(
      fc.property(words, width, (some, columns) => {
        const lines = wrap(some.join(" "), columns);
        for (const [index, line] of lines.entries()) {
          const next = lines[index + 1]?.split(" ")[0];
          if (next !== undefined) expect(displayWidth(`${line} ${next}`)).toBeGreaterThan(columns);
        }
      }),
    );
  });

  test("has no empty line", () => {
    fc.assert(fc.property(text, width, (one, columns) => one.trim() === "" || !wrap(one, columns).includes("")));
  });
});

describe("a sanitized line", () => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom(
          "\u001B[2J",
          "\u001B[31m",
          "\u001B]0;t\u0007",
          "\u001B",
          "\b",
          "\r",
          "\u009B1m",
          "\u001BPq\u001B\\",
          "\t",
        ),
      ),
      { maxLength: 10 },
    )
    .map((parts) => parts.join(""));

  test("holds no control character but the tab, and with colours only colours", () => {
    fc.assert(
      fc.property(hostile, (line) => {
        expect(plainLine(line)).not.toMatch(/[^\P{Cc}\t]/u);
        // oxlint-disable-next-line no-control-regex
        expect(coloredLine(line).replaceAll(/\u001B\[[\d;:]*m/g, "")).not.toMatch(/[^\P{Cc}\t]/u);
      }),
    );
  });

  test("stays as it is when it is sanitized again", () => {
    fc.assert(
      fc.property(hostile, (line) => {
        const once = plainLine(line);
        expect(plainLine(once)).toBe(once);
      }),
    );
  });
});

test.each([
  ["a plain text", "ümläut 日本 🙂", "ümläut 日本 🙂"],
  ["tabs and line ends, which are layout", "a\tb\nc", "a\tb\nc"],
  ["what moves the cursor", "a\u001B[2Jb\r", String.raw`a\u001b[2Jb\u000d`],
  ["what a terminal takes for an escape in one character", "\u009B2J", String.raw`\u009b2J`],
  ["what turns text round", "user\u202Etxt.exe", String.raw`user\u202etxt.exe`],
  ["what isolates text", "\u2066a\u2069", String.raw`\u2066a\u2069`],
  ["what separates lines unseen", "a\u2028b", String.raw`a\u2028b`],
  ["DEL", "\u007F", String.raw`\u007f`],
])("visible: %s", (_, from, to) => {
  expect(visible(from)).toBe(to);
  expect(visible(to)).toBe(to);
});

describe("numbers for people", () => {
  test.each([
    [0, "0"],
    [999, "999"],
    [1_000, "1 000"],
    [12_300, "12 300"],
    [1_234_567, "1 234 567"],
  ])("%i lines are %s", (count, shown) => {
    expect(counted(count)).toBe(shown);
  });

  test.each([
    [0, "line", undefined, "0 lines"],
    [1, "process", "processes", "1 process"],
    [2, "process", "processes", "2 processes"],
    [1, "line", undefined, "1 line"],
    [21, "line", undefined, "21 lines"],
  ] as const)("plural of %i %s", (count, one, many, shown) => {
    expect(plural(count, one, many)).toBe(shown);
  });

  test("a longer time never reads as a shorter one, and no unit overflows", () => {
    const units: Record<string, number> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
    const read = (shown: string): number =>
      [...shown.matchAll(/([\d.]+) (ms|s|min|h|d)/g)].reduce(
        (sum, [, n, unit = ""]) => sum + Number(n) * units[unit]!,
        0,
      );
    const most: Record<string, number> = { ms: 1_000, s: 60, min: 60, h: 24, d: Infinity };
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), fc.nat({ max: 1e9 }), (a, b) => {
        const [short, long] = a < b ? [a, b] : [b, a];
        expect(read(duration(short))).toBeLessThanOrEqual(read(duration(long)));
        for (const [, n, unit = ""] of duration(a).matchAll(/([\d.]+) (ms|s|min|h|d)/g))
          expect(Number(n), duration(a)).toBeLessThanOrEqual(most[unit]!);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a list is joined as it is spoken", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 2, maxLength: 6 }), (items) => {
        expect(joinWithAnd(items).split(/, | and /)).toEqual(items);
        expect(joinWithAnd(items).match(/ and /g)).toHaveLength(1);
      }),
    );
  });
});
