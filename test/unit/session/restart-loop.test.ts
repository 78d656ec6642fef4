import { expect, test } from "vitest";
import { RestartLoop } from "../../../src/session/apps/restart-loop.ts";

/** Whether each of these saves, this long after a start, made it look like a loop. */
const after = (loop: RestartLoop, delays: readonly number[], file: string | readonly string[] = "out"): boolean[] =>
  delays.map((delayMs, at) => loop.save({ file: typeof file === "string" ? file : file[at % file.length]!, delayMs }));

test("the same file, as long after each start: suspected at the fourth", () => {
  const loop = new RestartLoop();
  expect(after(loop, [300, 280, 310, 290])).toEqual([false, false, false, true]);
  expect(loop.files).toEqual(["out"]);
});

test.each([
  ["uneven", [300, 1_400, 200, 900, 2_500, 350]],
  ["far apart", [20_000, 20_000, 20_000, 20_000, 20_000, 20_000, 20_000]],
  ["slow, and only a few", [9_000, 9_000, 9_000, 9_000, 9_000]],
  ["before the start", [-5, -5, -5, -5, -5]],
])("saves that are %s are not even suspected", (_, delays) => {
  expect(after(new RestartLoop(), delays)).not.toContain(true);
});

test("a slow build is suspected after more of them; builds differ in how long they take", () => {
  expect(after(new RestartLoop(), [9_000, 10_500, 8_200, 9_900, 9_000, 11_000]).at(-1)).toBe(true);
});

test("several files that take turns are one loop; one that a user saved in between is not of it", () => {
  const turns = new RestartLoop();
  expect(after(turns, [300, 300, 300, 300, 300, 300, 300, 300], ["a", "b"]).at(-1)).toBe(true);
  expect(turns.files).toEqual(["a", "b"]);

  const edited = new RestartLoop();
  after(edited, [300, 300, 300]);
  expect(after(edited, [300], "main.go")).toEqual([false]);
  expect(after(edited, [300, 300, 300, 300])).not.toContain(true);
  // the loop goes on, and what was saved once is long ago
  expect(after(edited, [300, 300, 300, 300, 300, 300, 300, 300]).at(-1)).toBe(true);
  expect(edited.files).toEqual(["out"]);
  // different files all the time are a user's work
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
  expect(
    after(
      new RestartLoop(),
      Array.from({ length: 30 }, () => 300),
      names,
    ),
  ).not.toContain(true);
});

test("the pause is longer than the saves were apart, and never long", () => {
  const pauseOf = (delay: number): number => {
    const loop = new RestartLoop();
    after(loop, [delay, delay]);
    return loop.pauseMs;
  };
  expect([50, 900, 60_000, 14_000].map(pauseOf)).toEqual([1_000, 1_800, 1_000, 6_000]);
});
