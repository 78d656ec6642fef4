import { Chalk } from "chalk";
import * as fc from "fast-check";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { bannerLines, type BannerFacts } from "../../../src/ui/banner.ts";
import { colorsOf } from "../../../src/ui/colors.ts";
import { createEcho } from "../../../src/ui/echo.ts";
import { createPrefixes } from "../../../src/ui/prefix.ts";
import { table } from "../../../src/ui/table.ts";
import { displayWidth } from "../../../src/util/text.ts";
import { plain, written } from "./fake.ts";

const paintNothing = (): null => null;

describe("a table", () => {
  const rows = [
    { APP: "backend", STATE: "ready", URL: "http://localhost:5050", PID: "4711" },
    { APP: "web", STATE: "starting", URL: "", PID: "12" },
  ];

  test("has a head, and columns as wide as their widest cell", () => {
    expect(table(rows, 100, plain, paintNothing)).toEqual([
      "APP      STATE     URL                    PID",
      "backend  ready     http://localhost:5050  4711",
      "web      starting                         12",
    ]);
  });

  test("omits what is empty in every row", () => {
    const empty = rows.map((row) => ({ ...row, URL: "" }));
    expect(table(empty, 100, plain, paintNothing)[0]).toBe("APP      STATE     PID");
  });

  test("omits what the terminal is too narrow for, and takes a later one that fits", () => {
    expect(table(rows, 30, plain, paintNothing)[0]).toBe("APP      STATE     PID");
  });

  test("always keeps the first two columns", () => {
    expect(table(rows, 5, plain, paintNothing)[0]).toBe("APP    STATE");
  });

  test("a very long name takes no other column's place", () => {
    const long = [{ PROJECT: "shop", BRANCH: "b".repeat(200), STATE: "ready", PID: "4711" }];
    expect(table(long, 60, plain, paintNothing)).toEqual([
      `PROJECT  BRANCH${" ".repeat(34)}STATE  PID`,
      `shop     ${"b".repeat(37)}…  ready  4711`,
    ]);
    expect(table(long, 300, plain, paintNothing)[1]).toContain("b".repeat(200));
  });

  test("aligns by what a terminal shows, not by the length of a text", () => {
    const wide = [
      { APP: "日本", STATE: "ready" },
      { APP: "web", STATE: "ready" },
    ];
    expect(table(wide, 80, plain, paintNothing).slice(1)).toEqual(["日本  ready", "web   ready"]);
  });

  test("paints cells without moving them", () => {
    const colors = new Chalk({ level: 1 });
    const painted = table(rows, 100, colors, (column, text) =>
      column === "STATE" && text === "ready" ? colors.green : null,
    );
    expect(painted.map(stripVTControlCharacters)).toEqual(table(rows, 100, plain, paintNothing));
    expect(painted[1]).toContain(colors.green("ready"));
    expect(painted[2]).not.toContain(colors.green("starting"));
  });

  test("of no rows is one empty line", () => {
    expect(table([], 80, plain, paintNothing)).toEqual([""]);
  });

  test("is never wider than the terminal once it has left out what it may", () => {
    const cell = fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, "x"));
    const row = fc.record({ A: cell, B: cell, C: cell, D: cell });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.integer({ min: 30, max: 120 }), (some, columns) => {
        for (const line of table(some, columns, plain, paintNothing))
          expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe("prefixes", () => {
  test("have one width, that of the longest name", () => {
    const { of } = createPrefixes(["a", "backend"], 100, plain);
    expect([of("a", "out"), of("backend", "out"), of("devpm", "out")]).toEqual([
      "a       | ",
      "backend | ",
      "devpm   | ",
    ]);
  });

  test("take at most a quarter of the terminal, and at least eight columns", () => {
    const name = "a-rather-long-backend-name";
    expect(createPrefixes([name], 60, plain).of(name, "out")).toBe("a-rather-long-… | ");
    expect(createPrefixes([name], 10, plain).of(name, "out")).toBe("a-rathe… | ");
    expect(createPrefixes([name], 200, plain).of(name, "out")).toBe(`${name} | `);
  });

  test("tell stderr from stdout without colours", () => {
    const { of } = createPrefixes(["web"], 100, plain);
    expect(of("web", "out")).not.toBe(of("web", "err"));
  });

  test("give an app the colour of its place, whichever app prints first", () => {
    const colors = new Chalk({ level: 1 });
    const one = createPrefixes(["a", "b"], 100, colors);
    const other = createPrefixes(["a", "b"], 100, colors);
    expect(one.of("b", "out")).toBe([other.of("a", "out"), other.of("b", "out")][1]);
    expect(one.of("a", "out").replace("a", "b")).not.toBe(one.of("b", "out"));
  });

  test("an app that is not in the config gets a colour of its own too, and keeps it", () => {
    const colors = new Chalk({ level: 1 });
    const { of } = createPrefixes(["a"], 100, colors);
    const late = of("late", "out");
    expect(late).not.toBe(of("a", "out").replace(/a(?= )/, "late"));
    expect(of("late", "out")).toBe(late);
  });
});

describe("colours", () => {
  const level = (isTTY: boolean, shell: Record<string, string>, never = false): number =>
    colorsOf({ out: written(80, isTTY), err: written(80, isTTY) }, "out", { shell, never }).level;

  test.each([
    ["a pipe", false, {}, 0],
    ["a pipe that asks for colours", false, { FORCE_COLOR: "1" }, 1],
    ["a pipe that asks for millions", false, { FORCE_COLOR: "3" }, 3],
    ["true", false, { FORCE_COLOR: "true" }, 1],
    ["an empty wish counts as one", false, { FORCE_COLOR: "" }, 1],
    ["more than there is", false, { FORCE_COLOR: "9" }, 1],
    ["a terminal that forbids them", true, { NO_COLOR: "1" }, 0],
    ["NO_COLOR of any value", true, { NO_COLOR: "0" }, 0],
    ["forced to none", true, { FORCE_COLOR: "0" }, 0],
    ["false", true, { FORCE_COLOR: "false" }, 0],
    ["FORCE_COLOR wins over NO_COLOR", true, { FORCE_COLOR: "2", NO_COLOR: "1" }, 2],
    ["a terminal that can do nothing", true, { TERM: "dumb" }, 0],
  ])("%s", (_, isTTY, shell, wanted) => {
    expect(level(isTTY, shell)).toBe(wanted);
  });

  test("a terminal has them, unless NO_COLOR is empty text, which forbids nothing", () => {
    expect(level(true, {})).toBeGreaterThan(0);
    expect(level(true, { NO_COLOR: "" })).toBeGreaterThan(0);
  });

  test("--no-color wins over everything", () => {
    expect(level(true, { FORCE_COLOR: "3" }, true)).toBe(0);
  });
});

describe("the echo of a crash", () => {
  const T = "2026-01-31T12:00:00.000Z";
  const later = (ms: number): string => new Date(Date.parse(T) + ms).toISOString();
  const excerpt = ["Traceback:", "  line 1", "ValueError: no"];

  test("lines first: the excerpt is not shown again", () => {
    const echo = createEcho();
    for (const line of excerpt) expect(echo.show("a", line, T)).toBe(true);
    expect(echo.showExcerpt("a", excerpt, T)).toBe(false);
  });

  test("excerpt first: its lines are not shown again, each as often as it was quoted", () => {
    const echo = createEcho();
    expect(echo.showExcerpt("a", [...excerpt, "  line 1"], T)).toBe(true);
    expect(echo.show("a", "  line 1", T)).toBe(false);
    expect(echo.show("a", "  line 1", T)).toBe(false);
    expect(echo.show("a", "  line 1", T)).toBe(true);
  });

  test("a line that was shown in part: only the whole excerpt spares it", () => {
    const echo = createEcho();
    echo.show("a", "Traceback:", T);
    expect(echo.showExcerpt("a", excerpt, T)).toBe(true);
    expect(echo.show("a", "ValueError: no", T)).toBe(false);
    // it was shown before the excerpt, and the excerpt did not wait for it
    expect(echo.show("a", "Traceback:", T)).toBe(true);
  });

  test("two seconds later the same line is a new one", () => {
    const echo = createEcho();
    echo.showExcerpt("a", excerpt, T);
    expect(echo.show("a", "Traceback:", later(2_000))).toBe(false);
    expect(echo.show("a", "ValueError: no", later(2_001))).toBe(true);
  });

  test("colours and spaces at the end do not count; apps do", () => {
    const echo = createEcho();
    echo.showExcerpt("a", excerpt, T);
    expect(echo.show("b", "ValueError: no", T)).toBe(true);
    expect(echo.show("a", "\u001B[31mValueError: no\u001B[0m  ", T)).toBe(false);
  });

  test("a crash that quotes nothing new, or nothing at all, shows no excerpt", () => {
    const echo = createEcho();
    expect(echo.showExcerpt("a", [], T)).toBe(false);
    expect(echo.showExcerpt("a", ["", "  "], T)).toBe(false);
  });

  test("what was shown before an earlier crash does not hide the next one", () => {
    const echo = createEcho();
    for (const line of excerpt) echo.show("a", line, T);
    expect(echo.showExcerpt("a", excerpt, T)).toBe(false);
    expect(echo.showExcerpt("a", excerpt, T)).toBe(true);
  });

  test("only the last four hundred lines are remembered", () => {
    const echo = createEcho();
    echo.show("a", "first", T);
    for (let n = 0; n < 399; n++) echo.show("a", `${n}`, T);
    expect(echo.showExcerpt("a", ["first"], T)).toBe(false);
    echo.show("a", "first", T);
    for (let n = 0; n < 400; n++) echo.show("a", `${n}`, T);
    expect(echo.showExcerpt("a", ["first"], T)).toBe(true);
  });
});

describe("the banner", () => {
  const facts: BannerFacts = {
    project: "market",
    ms: 812,
    apps: [
      { name: "backend", url: "http://localhost:5050" },
      { name: "worker", url: null },
    ],
    infra: [],
    missing: [],
    detached: false,
    asTyped: (text) => text,
  };
  const lines = (more: Partial<BannerFacts>, columns = 100): string[] =>
    bannerLines({ ...facts, ...more }, columns, plain);

  test("lists every address; what has none is running", () => {
    expect(lines({})).toEqual([
      "",
      "✔ market ready in 812 ms",
      "",
      "  backend  http://localhost:5050",
      "  worker   running",
      "",
      "  Ctrl+C ends it; devpm logs and devpm status work from any terminal",
      "",
    ]);
  });

  test("names the services that are up, in one row", () => {
    expect(lines({ infra: ["postgres", "kafka"] })).toContain("  infra    postgres, kafka");
  });

  test("claims no more than is true: what is missing is named, without the mark of success", () => {
    expect(lines({ missing: ["web", "tool"] })[1]).toBe("▲ market up in 812 ms, without web, tool");
  });

  test("a session that stays is ended by devpm down", () => {
    expect(lines({ detached: true }).join("\n")).toContain("devpm down ends it");
    expect(lines({ detached: true }).join("\n")).not.toContain("Ctrl+C");
  });

  test.each([24, 30, 50])("fits %i columns, and breaks no address", (columns) => {
    const shown = lines({ infra: ["postgres", "neo4j", "kafka", "redis"], missing: ["web"] }, columns);
    expect(shown.map((line) => line.trim()).some((line) => line.endsWith("http://localhost:5050"))).toBe(true);
    for (const line of shown.filter((one) => !one.includes("http")))
      expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });
});
