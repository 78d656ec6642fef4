import { expect, test } from "vitest";
import { grown, heldTable } from "../../../bench/held.ts";

const held = (listeners: number, MB: number) => ({ engine: { MB, listeners, hours: 3 }, daemon: { MB: 50 } });

test("what grows by more than it may is named, with both figures", () => {
  expect(grown(held(100, 90), held(120, 110))).toEqual([]);
  expect(grown(held(100, 90), held(600, 140))).toEqual([
    "engine: MB 90 → 140 (30 more are allowed)",
    "engine: listeners 100 → 600 (20 more are allowed)",
  ]);
  expect(grown(held(600, 140), held(100, 90))).toEqual([]);
});

test("the table has a line for each moment, and a column for each figure", () => {
  expect(heldTable({ first: held(100, 90), last: held(101, 91) })).toBe(
    `| | engine: MB | engine: listeners | engine: hours | daemon: MB |
|---|---|---|---|---|
| first | 90 | 100 | 3 | 50 |
| last | 91 | 101 | 3 | 50 |`,
  );
});
