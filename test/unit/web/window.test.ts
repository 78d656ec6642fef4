import { expect, test } from "vitest";
import type { PageLine } from "../../../src/model/page.ts";
import { LogWindow, MOST_LINES } from "../../../web/logs/window.ts";

const line = (n: number): PageLine => ({ n, at: "", app: "a", stream: "out", line: String(n) });
const lines = (from: number, to: number): PageLine[] =>
  Array.from({ length: to - from + 1 }, (_, at) => line(from + at));
const numbers = (window: LogWindow): number[] => window.lines.map(({ n }) => n);

test("the history and the live stream overlap, and each line is there once", () => {
  const window = new LogWindow();
  window.reset(lines(5, 8), false);
  window.append(lines(7, 10), true);
  expect(numbers(window)).toEqual([5, 6, 7, 8, 9, 10]);
  window.prepend(lines(3, 6), true);
  expect(numbers(window)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  expect(window).toMatchObject({ base: -2, isStart: true, isLive: true });
});

test("of too many lines the oldest are dropped, and those that are read stay where they were", () => {
  const window = new LogWindow();
  window.reset(lines(1, MOST_LINES), true);
  window.append(lines(MOST_LINES + 1, MOST_LINES + 10), true);
  // a few more are kept: dropping moves every line
  expect(window).toMatchObject({ base: 0, isStart: true });
  window.append(lines(MOST_LINES + 11, MOST_LINES * 1.1), true);
  expect(window.lines).toHaveLength(MOST_LINES);
  expect(window).toMatchObject({ base: MOST_LINES * 0.1, isStart: false, isLive: true });
  expect(window.lines[0]?.n).toBe(window.base + 1);
});

test("of too many older lines the newest are dropped, so that what comes is no longer next", () => {
  const window = new LogWindow();
  window.reset(lines(MOST_LINES, MOST_LINES + 9), false);
  window.prepend(lines(1, MOST_LINES - 1), true);
  expect(window.lines).toHaveLength(MOST_LINES);
  expect(window).toMatchObject({ isStart: true, isLive: false });
  expect(window.lines.at(-1)?.n).toBe(MOST_LINES);
});
