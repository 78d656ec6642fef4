import * as fc from "fast-check";
import { expect, test } from "vitest";
import { pieces, plainText } from "../../../web/logs/ansi.ts";

const ESC = "\u001B";

test.each([
  ["plain", [["plain", ""]]],
  [
    `${ESC}[31mred${ESC}[0m plain`,
    [
      ["red", "ansi-red"],
      [" plain", ""],
    ],
  ],
  [
    `${ESC}[1;92mbold${ESC}[22m green${ESC}[39m x`,
    [
      ["bold", "ansi-green bold"],
      [" green", "ansi-green"],
      [" x", ""],
    ],
  ],
  [
    `${ESC}[38;5;4mblue ${ESC}[38;2;1;31;4mtrue`,
    [
      ["blue ", "ansi-blue"],
      ["true", "ansi-blue"],
    ],
  ],
  [`${ESC}[48;5;1mground`, [["ground", ""]]],
  [
    `${ESC}[m${ESC}[3;4mboth${ESC}[23m under${ESC}[24m none`,
    [
      ["both", "italic underline"],
      [" under", "underline"],
      [" none", ""],
    ],
  ],
  [`${ESC}[2J${ESC}[1;1Hhome`, [["home", ""]]],
  [`${ESC}]0;title\u0007${ESC}]8;;javascript:x${ESC}\\link`, [["link", ""]]],
  [`${ESC}]8;;never ended`, []],
  [`${ESC}(Bset`, [["set", ""]]],
  [
    "bell\u0007 back\b \u009B31m",
    [
      ["bell", ""],
      [" back", ""],
      [" ", ""],
      ["31m", ""],
    ],
  ],
  ["<b>&amp;</b>\ttab", [["<b>&amp;</b>\ttab", ""]]],
  [
    `admin${ESC}[31m\u202Eresu${ESC}[0m\u202C`,
    [
      ["admin", ""],
      ["\\u202eresu", "ansi-red"],
      ["\\u202c", ""],
    ],
  ],
  ["שלום \u2068Anna\u2069\u200F", [["שלום \u2068Anna\u2069\u200F", ""]]],
] as [string, [string, string][]][])("%j", (line, wanted) => {
  expect(pieces(line).map(({ text, style }) => [text, style])).toEqual(wanted);
});

test("any line is text without control characters, in classes of the page's own", () => {
  const noise = fc.array(fc.oneof(fc.constantFrom(ESC, "[", "]", "m", "8;;", "\u0007", "31", ";", "\\"), fc.string()));
  fc.assert(
    fc.property(noise, (parts) => {
      const line = parts.join("");
      const found = pieces(line);
      expect(found.map(({ text }) => text).join("")).toBe(plainText(line));
      // oxlint-disable-next-line no-control-regex
      expect(plainText(line)).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/);
      for (const { style } of found) expect(style).toMatch(/^(?:(?:ansi-[a-z]+|bold|dim|italic|underline) ?)*$/);
    }),
  );
});
