import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { createLevelReader } from "../../../src/logs/level.ts";
import { createLiveLines, formatted, type LiveLines } from "../../../src/live/lines.ts";
import type { LogEvent } from "../../../src/model/log-batch.ts";
import { createEcho } from "../../../src/ui/echo.ts";
import { byLevel, createPrefixes } from "../../../src/ui/prefix.ts";
import { virtualClock } from "../virtual-clock.ts";
import { at, batchOf, plain, written } from "../ui/fake.ts";

const log = (line: string, app = "web", stream: "out" | "err" = "out"): LogEvent => ({
  event: "log",
  at,
  app,
  stream,
  line,
  n: 1,
});

function opened({ verbose = false, columns = 60 } = {}) {
  const out = written(columns, true);
  const colors = plain;
  const prefixes = createPrefixes(["web", "api"], columns, colors, byLevel);
  const lead = {
    of: ({ app, stream }: Pick<LogEvent, "app" | "stream">, of: "error" | "warn" | "info" | "debug" | null = null) =>
      prefixes.of(app, stream, of),
    more: ({ stream }: Pick<LogEvent, "stream">) => prefixes.more(stream),
  };
  const clock = virtualClock();
  const isNoise = ({ line }: { line: string }): boolean => line.includes("/health");
  const lines: LiveLines = createLiveLines({ out, colors, clock, verbose: () => verbose, isNoise }, createEcho(), lead);
  return { lines, out, clock };
}

describe("an app's lines", () => {
  it("fold what repeats, leave out what is noise, and show all of it when that is wanted", () => {
    const quiet = opened();
    for (const text of ["a", "a", "a", "/health", "a", "b"]) quiet.lines.line(log(text));
    expect(quiet.out.text()).toBe("web   | a\nweb   | ×3 more like this\nweb   | b\n");
    const all = opened({ verbose: true });
    for (const text of ["a", "a", "/health", "a"]) all.lines.line(log(text));
    expect(all.out.text()).toBe("web   | a\nweb   | a\nweb   | /health\nweb   | a\n");
  });

  it("do the same for lines that come together, few or many", () => {
    for (const count of [3, 3_000]) {
      const { lines, out } = opened();
      lines.lines(batchOf("web", ["first", ...Array.from({ length: count }, () => "a"), "/health", "last"]));
      expect(out.text()).toBe(`web   | first\nweb   | a\nweb   | ×${count - 1} more like this\nweb   | last\n`);
    }
    const many = opened();
    const numbered = Array.from({ length: 3_000 }, (_, n) => `line ${n}`);
    many.lines.lines(batchOf("web", numbered));
    many.lines.line(log("line 2999"));
    many.lines.flush();
    expect(many.out.text()).toBe([...numbered, "line 2999"].map((text) => `web   | ${text}\n`).join(""));
  });

  it("show a run that goes on after a moment, and at the latest when something else is shown", async () => {
    const { lines, out, clock } = opened();
    for (let n = 0; n < 15; n++) lines.line(log("a"));
    expect(out.text()).toBe("web   | a\n");
    await clock.pass(500);
    expect(out.text()).toBe("web   | a\nweb   | ×14 more like this\n");
    for (let n = 0; n < 3; n++) lines.line(log("a"));
    lines.flush();
    expect(out.text()).toMatch(/×14 more like this\nweb {3}\| ×3 more like this\n$/);
  });
});

describe("one line", () => {
  const prefixes = createPrefixes(["web", "api"], 60, plain, byLevel);
  const lead = {
    of: ({ app, stream }: Pick<LogEvent, "app" | "stream">) => prefixes.of(app, stream),
    more: ({ stream }: Pick<LogEvent, "stream">) => prefixes.more(stream),
  };
  const at40 = (text: string): string => formatted(log(text), null, { lead, colors: plain, columns: 40 });

  it("goes on below itself, with its own indentation, and a word that is too long stays whole", () => {
    expect(at40("short")).toBe("web   | short\n");
    expect(at40("one two three four five six seven eight nine")).toBe(
      "web   | one two three four five six\n      | seven eight nine\n",
    );
    expect(at40("    return one two three four five six seven")).toBe(
      "web   |     return one two three four\n      |     five six seven\n",
    );
    const url = `http://localhost/${"x".repeat(60)}`;
    expect(at40(`see ${url} now`)).toBe(`web   | see\n      | ${url}\n      | now\n`);
  });

  it("keeps its colours in its own column where it goes on", () => {
    const painted = "\u001B[31m\u001B[1mone two three four five six seven\u001B[0m eight nine";
    expect(formatted(log(painted), null, { lead, colors: new Chalk({ level: 1 }), columns: 40 })).toBe(
      "web   | \u001B[31m\u001B[1mone two three four five six\u001B[0m\n" +
        "      | \u001B[31m\u001B[1mseven\u001B[0m eight nine\u001B[0m\n",
    );
  });

  it("is left to the terminal where it is a dump", () => {
    const dump = "word ".repeat(200);
    expect(at40(dump)).toBe(`web   | ${dump}\n`);
  });

  it("is red where it says that it is an error, on whatever stream; stderr alone is none", () => {
    const colors = new Chalk({ level: 1 });
    const painted = createPrefixes(["web"], 60, colors, byLevel);
    const levelOf = createLevelReader();
    const shown = (text: string, stream: "out" | "err"): string => {
      const event = log(text, "web", stream);
      const by = { of: () => painted.of("web", stream, levelOf(event)), more: () => "" };
      return formatted(event, levelOf(event), { lead: by, colors, columns: 80 });
    };
    expect(shown("INFO:     Started server", "err")).toContain(`${colors.dim("¦")} INFO:     Started server\n`);
    expect(shown("just a line", "err")).toContain(`${colors.dim("¦")} just a line\n`);
    expect(shown("ERROR: it broke", "out")).toContain(`${colors.red("|")} ${colors.red("ERROR: it broke")}\n`);
    expect(shown("WARNING: careful", "err")).toContain(`${colors.yellow("¦")} ${colors.yellow("WARNING: careful")}\n`);
    expect(shown("Traceback (most recent call last):", "err")).toContain(colors.red("¦"));
    expect(shown('  File "a.py", line 1', "err")).toContain(`${colors.red("¦")}   File "a.py", line 1\n`);
  });
});
