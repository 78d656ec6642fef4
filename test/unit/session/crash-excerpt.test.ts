import { describe, expect, it } from "vitest";
import { crashExcerpt } from "../../../src/session/apps/crash/excerpt.ts";

const numbered = (count: number, word = "line"): string[] =>
  Array.from({ length: count }, (_, i) => `${word} ${i + 1}`);

describe("the excerpt of a crash", () => {
  it("is the last traceback, without what was printed before it", () => {
    const traceback = [
      "Traceback (most recent call last):",
      '  File "web/app.py", line 7, in <module>',
      "    from web.db import engin",
      "ImportError: cannot import name 'engin' from 'web.db'",
    ];
    expect(crashExcerpt([...numbered(20), ...traceback])).toEqual(traceback);
  });

  it("keeps the end of a long traceback, where the reason is, and says what it left out", () => {
    const lines = ["Traceback (most recent call last):", ...numbered(40, '  File "x.py", line'), "ValueError: no"];
    const excerpt = crashExcerpt(lines);
    expect(excerpt).toHaveLength(10);
    expect(excerpt[0]).toBe(lines[0]);
    expect(excerpt[1]).toMatch(/33 more lines/);
    expect(excerpt.at(-1)).toBe("ValueError: no");
  });

  it("keeps the first line of a message that is long, or that much follows", () => {
    const frames = ["Traceback (most recent call last):", ...numbered(9, '  File "x.py", line')];
    const place = ['  File "db.py", line 3, in run', "    execute(text)"];
    const said = 'ProgrammingError: relation "tasks" does not exist';
    for (const more of [numbered(12, "    id INTEGER"), numbered(30, "INFO: stopping")]) {
      const excerpt = crashExcerpt([...frames, ...place, said, ...more]);
      expect(excerpt.slice(2, 6)).toEqual([...place, said, more[0]]);
      expect(excerpt).toHaveLength(10);
    }
  });

  it("is a node error from its message on", () => {
    const lines = [...numbered(3), "TypeError: x is not a function", "    at file:///app.js:1:1"];
    expect(crashExcerpt(lines)).toEqual(lines.slice(3));
  });

  it("is the last lines where nothing says why", () => {
    expect(crashExcerpt(numbered(30))).toEqual(numbered(30).slice(-10));
    expect(crashExcerpt([])).toEqual([]);
  });
});
