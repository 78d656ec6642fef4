import { describe, expect, it } from "vitest";
import { createLines, shownLine } from "../../../src/logs/lines.ts";
import { LONGEST_LINE, LONGEST_SHOWN_LINE } from "../../../src/model/limits.ts";

function split(chunks: string[], longest?: number): { lines: string[]; rest: string[] } {
  const lines: string[] = [];
  const rest: string[] = [];
  const splitter = createLines(longest);
  for (const chunk of chunks) splitter.push(chunk, (line) => lines.push(line));
  splitter.flush((line) => rest.push(line));
  return { lines, rest };
}

describe("lines", () => {
  it("puts lines together whatever the chunk borders are", () => {
    const text = "one\ntwo\r\n\nthree\n";
    for (let at = 0; at <= text.length; at++) {
      for (let next = at; next <= text.length; next++) {
        const chunks = [text.slice(0, at), text.slice(at, next), text.slice(next)];
        expect(split(chunks)).toEqual({ lines: ["one", "two", "", "three"], rest: [] });
      }
    }
  });

  it("keeps a line that ends in CR CR LF, wherever the chunks are cut", () => {
    for (const chunks of [["a\r\r\n"], ["a", "\r\r\n"], ["a\r", "\r\n"], ["a\r\r", "\n"], ["a", "\r", "\r", "\n"]])
      expect(split(chunks), JSON.stringify(chunks)).toEqual({ lines: ["a"], rest: [] });
    expect(split(["10%\r\r", "20%\r", "\r\n"])).toEqual({ lines: ["20%"], rest: [] });
  });

  it("holds no more of a line that never ends than is kept of it", () => {
    const splitter = createLines(1_000);
    for (let n = 0; n < 100; n++) splitter.push("x".repeat(900), () => {});
    expect(splitter.unfinished.length).toBeLessThanOrEqual(1_001);
    const lines: string[] = [];
    splitter.push("\n", (line) => lines.push(line));
    expect(lines[0]?.slice(1_000)).toBe(" … (devpm cut 89000 more characters of this line)");
  });

  it("gives a last line without an end only when asked", () => {
    const lines: string[] = [];
    const splitter = createLines();
    splitter.push("done\nName: ", (line) => lines.push(line));
    expect(lines).toEqual(["done"]);
    expect(splitter.unfinished).not.toBe("");
    splitter.flush((line) => lines.push(line));
    expect(lines).toEqual(["done", "Name: "]);
    expect(splitter.unfinished).toBe("");
    splitter.flush((line) => lines.push(line));
    expect(lines).toHaveLength(2);
  });

  it("shows of a progress line what a terminal would show last", () => {
    expect(split(["10%\r50%", "\r100%\n"]).lines).toEqual(["100%"]);
    expect(split(["10%\r", "50%\r", "100%\r\n"]).lines).toEqual(["100%"]);
    expect(split(["10%\r\r\n"]).lines).toEqual(["10%"]);
    expect(split(["10%\r20%\r"]).rest).toEqual(["20%"]);
  });

  it("holds no more of an endless progress line than what is seen", () => {
    const splitter = createLines();
    const lines: string[] = [];
    for (let step = 0; step < 20_000; step++) splitter.push(`step ${step} of many\r`, (line) => lines.push(line));
    splitter.push("\n", (line) => lines.push(line));
    expect(lines).toEqual(["step 19999 of many"]);
  });

  it("cuts a line that is too long, says by how much, and goes on with the next", () => {
    const long = "x".repeat(LONGEST_LINE + 10);
    const { lines } = split([`${long}\nnext\n`]);
    expect(lines).toEqual([`${"x".repeat(LONGEST_LINE)} … (devpm cut 10 more characters of this line)`, "next"]);
    const pieces = Array.from({ length: 100 }, () => "y".repeat(10));
    expect(split([...pieces, "\nnext\n"], 16).lines).toEqual([
      `${"y".repeat(16)} … (devpm cut 984 more characters of this line)`,
      "next",
    ]);
    expect(split(pieces, 16).rest).toEqual([`${"y".repeat(16)} … (devpm cut 984 more characters of this line)`]);
  });

  it("keeps a line of exactly the longest length, with either line end", () => {
    const line = "z".repeat(16);
    expect(split([`${line}\r\n${line}\n`], 16).lines).toEqual([line, line]);
    expect(split([`${line}\r`, "\n"], 16).lines).toEqual([line]);
  });

  it("never cuts a character in two", () => {
    expect(split([`${"a".repeat(15)}🙂tail\n`], 16).lines[0]).toMatch(/^a{15} … \(devpm cut 6 /);
  });

  it("forgets what was cut when the line is rewritten", () => {
    expect(split(["a".repeat(100), "\rshort", "\n"], 16).lines).toEqual(["short"]);
  });

  it("counts the rest of an endless line without keeping it, and ends it where it is rewritten", () => {
    const piece = "z".repeat(64 * 1024);
    const pieces = Array.from({ length: 40 }, () => piece);
    const length = 40 * piece.length;
    expect(split([...pieces, "\n"]).lines[0]).toBe(
      `${"z".repeat(LONGEST_LINE)} … (devpm cut ${length - LONGEST_LINE} more characters of this line)`,
    );
    expect(split([...pieces, "\rnew\n"]).lines).toEqual(["new"]);
    expect(split([...pieces, "\r\n"]).lines[0]).toMatch(new RegExp(`devpm cut ${length - LONGEST_LINE} more`));
  });
});

describe("a line as it is shown", () => {
  it("is whole up to its limit", () => {
    const line = "x".repeat(LONGEST_SHOWN_LINE);
    expect(shownLine(line, "web")).toBe(line);
  });

  it("names the rest and where it is, and cuts no character in two", () => {
    const line = `${"x".repeat(LONGEST_SHOWN_LINE - 1)}🙂yz`;
    expect(shownLine(line, "web")).toBe(
      `${"x".repeat(LONGEST_SHOWN_LINE - 1)} … (4 more characters of this line: devpm logs web)`,
    );
  });
});
