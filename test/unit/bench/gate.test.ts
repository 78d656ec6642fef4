import { expect, test } from "vitest";
import { together, worse } from "../../../bench/gate.ts";

const report = (better: string, samples: Record<string, number[]>) => ({
  bench: "reload",
  better,
  against: "peer",
  rows: Object.entries(samples).map(([contender, taken]) => ({
    contender,
    samples: taken,
    absent: taken.length === 0 ? "not here" : null,
  })),
});

test("a change that makes devpm half as slow again beside its peer fails, and says by how much", () => {
  const baseline = { reload: { devpm: 0.1 } };
  expect(worse(report("lower", { devpm: [15, 40], peer: [100, 300] }), baseline)).toEqual([]);
  expect(worse(report("lower", { devpm: [16, 40], peer: [100, 300] }), baseline)).toEqual([
    "reload: devpm is 0.160 times peer, and was 0.1: worse by 1.60 (at most 1.5)",
  ]);
});

test("where more is better, less is worse", () => {
  const baseline = { reload: { devpm: 0.9 } };
  expect(worse(report("higher", { devpm: [10, 61], peer: [100] }), baseline)).toEqual([]);
  expect(worse(report("higher", { devpm: [10, 59], peer: [100] }), baseline)).toHaveLength(1);
});

test("what was not measured is no proof; what has no baseline is not judged", () => {
  const baseline = { reload: { devpm: 0.1 } };
  expect(worse(report("lower", { peer: [100] }), baseline)).toEqual(["reload: devpm and peer were not both measured"]);
  expect(worse(report("lower", { devpm: [1], peer: [] }), baseline)).toHaveLength(1);
  expect(worse(report("lower", { devpm: [900], peer: [100] }), {})).toEqual([]);
});

test("a second run adds its samples to the first", () => {
  const [first, second] = [
    { devpm: [16], peer: [100] },
    { devpm: [14], peer: [100] },
  ].map((one) => report("lower", one));
  const both = together(first!, second!);
  expect(both.rows.map(({ samples }) => samples)).toEqual([
    [16, 14],
    [100, 100],
  ]);
  expect(worse(both, { reload: { devpm: 0.1 } })).toEqual([]);
});
