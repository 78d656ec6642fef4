import { describe, expect, it } from "vitest";
import {
  coloredLine,
  displayWidth,
  duration,
  joinWithAnd,
  ONE_COLUMN_EACH,
  pad,
  plainLine,
  shorten,
  wrap,
  wrapIndented,
} from "../../../src/util/text.ts";

describe("text", () => {
  it("measures what a terminal shows", () => {
    expect([
      displayWidth("abc"),
      displayWidth("ünï"),
      displayWidth("日本"),
      displayWidth("🙂"),
      displayWidth("e\u0301"),
    ]).toEqual([3, 3, 4, 2, 1]);
    expect(displayWidth("\u001B[31mred\u001B[0m")).toBe(3);
    expect(pad("日", 4)).toBe("日  ");
  });

  it.each([
    ["a family of one column pair", "👩‍👩‍👧", 2],
    ["a skin colour", "👍🏽", 2],
    ["a flag", "🇩🇪", 2],
    ["a picture that was asked for", "❤️", 2],
    ["a keycap", "1️⃣", 2],
    ["signs that are letters", "✔✖▲↻│…½", 7],
    ["a bolt, which is a picture by itself", "⚡", 2],
    ["half and full width", "ｱＡ￥", 5],
    ["letters with marks of their own", "e\u0301นิ", 2],
    ["jamo and syllables", "한국", 4],
    ["what is not seen", "\u200Ba\u0007\u00AD", 1],
  ])("counts the columns of %s", (_, text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  it("counts without a look at each only what has one column each, wherever it stands", () => {
    const known = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((one) =>
      ONE_COLUMN_EACH.test(one),
    );
    expect(known).toEqual(expect.arrayContaining(["a", "ü", "¦", "│", "─", "→", "…", "✔", "✖", "●"]));
    const unusual =
      /[\p{M}\p{C}\p{Default_Ignorable_Code_Point}\p{Emoji_Presentation}\uFE0F]|[^\P{L}\p{Script=Latin}\u00AA\u00B5\u00BA]/u;
    expect(known.filter((one) => unusual.test(one))).toEqual([]);
    expect([...new Intl.Segmenter().segment(known.join(""))]).toHaveLength(known.length);
  });

  it("never cuts a character in two", () => {
    expect(shorten("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 5)).toBe("👩‍👩‍👧👩‍👩‍👧…");
    expect(shorten("e\u0301e\u0301e\u0301", 2)).toBe("e\u0301…");
  });

  it("shortens to a width", () => {
    expect(shorten("backend", 7)).toBe("backend");
    expect(shorten("backend", 5)).toBe("back…");
    expect(shorten("日本語", 5)).toBe("日本…");
  });

  it("wraps at spaces and leaves long words and fitting lines whole", () => {
    expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
    expect(wrap("a /very/long/path b", 8)).toEqual(["a", "/very/long/path", "b"]);
    expect(wrap("pid 1  python  x", 20)).toEqual(["pid 1  python  x"]);
    expect(wrapIndented("  one two three", 9)).toEqual(["  one two", "  three"]);
  });

  it("words durations and lists for people", () => {
    expect([0, 24.4, 999, 1_000, 59_949, 59_950, 185_000, 3_600_000, 7_500_000, 266_400_000].map(duration)).toEqual([
      "0 ms",
      "24 ms",
      "999 ms",
      "1.0 s",
      "59.9 s",
      "1 min",
      "3 min 5 s",
      "1 h",
      "2 h 5 min",
      "3 d 2 h",
    ]);
    expect([joinWithAnd([]), joinWithAnd(["a"]), joinWithAnd([1, 2]), joinWithAnd(["a", "b", "c"])]).toEqual([
      "",
      "a",
      "1 and 2",
      "a, b and c",
    ]);
  });

  it("takes out of a line what would move the cursor, and keeps its colours where they are wanted", () => {
    const line = "\u001B[2J\u001B[1;32mok\u001B]8;;http://x\u0007link\u001B]8;;\u0007\u001B[K";
    expect(plainLine(line)).toBe("oklink");
    expect(coloredLine(line)).toBe("\u001B[1;32moklink\u001B[0m");
    expect(coloredLine("plain")).toBe("plain");
    expect(coloredLine("cut \u001B")).toBe("cut ");
    expect(plainLine("\u001B]0;a title\u0007watching")).toBe("watching");
    expect(coloredLine("\u001B]2;another one\u001B\\watching")).toBe("watching");
    expect(plainLine("\u001BPq#0;2\u001B\\picture")).toBe("picture");
    for (const end of ["\u0007", "\u001B\\", "\u009C"])
      expect(plainLine(`\u001B[1mDone${end} \u001B[32mok\u001B[0m, 3${end}`)).toBe("Done ok, 3");
    expect(plainLine("bell\u0007, back\b, null\u0000, next\u0085\ttab")).toBe("bell, back, null, next\ttab");
  });
});
