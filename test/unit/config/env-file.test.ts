import { expect, test } from "vitest";
import { expandReferences, parseEnvFile } from "../../../src/config/env-file.ts";

/** What a file sets, with nothing to refer to. */
const values = (text: string): Record<string, string | null> =>
  Object.fromEntries(parseEnvFile(text).assignments.map(({ name, value }) => [name, value]));

test.each([
  ["A=ab#cd", "ab#cd"],
  ["A=ab #cd", "ab"],
  ["A=ab\t# cd", "ab"],
  ["A=#ff0000", "#ff0000"],
  ["A= # said", ""],
  ["A=", ""],
  ["A=''", ""],
  ["A=  both ends  ", "both ends"],
  ["  A = x", "x"],
  ["export A=1", "1"],
  ["export\tA=1", "1"],
  ["'A'=1", "1"],
  ['A="ab #cd" # said', "ab #cd"],
  ["A='ab #cd'# said", "ab #cd"],
  ['A="one\n\ntwo"', "one\n\ntwo"],
  ["A='one\ntwo'", "one\ntwo"],
  [String.raw`A="one\ntwo\tthree\\n"`, "one\ntwo\tthree\\n"],
  [String.raw`A='one\ntwo'`, String.raw`one\ntwo`],
  [String.raw`A=one\ntwo`, String.raw`one\ntwo`],
  [String.raw`A="a \"quote\" \$ \x"`, String.raw`a "quote" \$ \x`],
  [String.raw`A='it\'s'`, "it's"],
  ["A=it's", "it's"],
  ['A={"a": "b"}', '{"a": "b"}'],
  ["A=a=b", "a=b"],
  ["\uFEFFA=1", "1"],
  ["A=1\r\nB=2\r\n", "1"],
  ['A="one\r\ntwo"\r\n', "one\ntwo"],
  ["A=1\rB=2", "1"],
  ["A=1\nA=2", "2"],
  ["A", null],
  ["A=ünï 🦦", "ünï 🦦"],
])("%j sets A to %j", (text, value) => {
  expect(values(text).A).toBe(value);
  expect(parseEnvFile(text).problems).toEqual([]);
});

test.each([
  ["# only\n  # comments\n\n", []],
  ["A=1\nsome words\nB=2", [[2, "expected NAME=value"]]],
  ["A: 1", [[1, "expected NAME=value"]]],
  ["\n\n=1", [[3, "there is no name before ="]]],
  ['A="open\nB=2', [[1, 'A: the quote " is never closed']]],
  ["A='open\nB=2", [[1, "A: the quote ' is never closed"]]],
  ['A="one\ntwo" three\nB=2', [[1, "A: there is text after the closing quote"]]],
  ["A=\uFFFD", [[1, "the file is not UTF-8; save it as UTF-8"]]],
])("%j has problems: %j", (text, problems) => {
  expect(parseEnvFile(text).problems.map(({ line, message }) => [line, message])).toEqual(problems);
});

test("what stands around a line that means nothing counts", () => {
  expect(values('A=1\nB="x" y\nsome words\nC="open\nD=4')).toEqual({ A: "1", D: "4" });
});

test("an assignment knows its line, also behind values of several lines", () => {
  const { assignments } = parseEnvFile("# said\n\nA='1\n2'\nexport B=3\n");
  expect(assignments.map(({ name, line }) => [name, line])).toEqual([
    ["A", 3],
    ["B", 5],
  ]);
});

const known = new Map([
  ["B", "b"],
  ["EMPTY", ""],
  ["a.b", "dotted"],
]);
const filled = (value: string) => expandReferences(value, (name) => known.get(name));

test.each([
  ["${B}", "b"],
  ["x${B}y${B}", "xbyb"],
  ["${GONE:-none}", "none"],
  ["${GONE:-}", ""],
  ["${GONE:-a:-b}", "a:-b"],
  ["${EMPTY:-none}", ""],
  ["${a.b}", "dotted"],
  ["$B", "$B"],
  ["pa$$word", "pa$$word"],
  ["${B", "${B"],
  ["${B:+set}${B}", "${B:+set}b"],
  ["${GONE:-${B}}", "${B}"],
])("%j becomes %j", (value, text) => {
  expect(filled(value).text).toBe(text);
  expect(filled(value).missing).toEqual([]);
});

test("what has no value and no default is named; what only a shell knows too", () => {
  expect(filled("${GONE}/${LOST}")).toMatchObject({ text: "/", missing: ["GONE", "LOST"], foreign: [] });
  expect(filled("${A-b}${A:?c}${A:+d}${A+e}")).toEqual({
    text: "${A:?c}${A:+d}",
    missing: [],
    foreign: ["${A-…}", "${A:?…}", "${A:+…}", "${A+…}"],
  });
});

test("a hostile file takes no longer than it is long", { timeout: 60_000 }, () => {
  const n = 200_000;
  for (const text of [`A=${" ".repeat(n)}x`, `A="${"\\a".repeat(n)}`, `A=${"${".repeat(n)}:}`, "A='\n".repeat(n / 4)]) {
    const { assignments } = parseEnvFile(text);
    for (const { value } of assignments) expandReferences(value ?? "", () => "");
  }
});
