import { expect, test } from "vitest";
import { didYouMean, editDistance } from "../../../src/util/similar.ts";

test.each([
  ["postgres", "postgres", 0],
  ["postgress", "postgres", 1],
  ["recieve", "receive", 1],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
])("%s → %s takes %i edits", (from, to, edits) => {
  expect(editDistance(from, to)).toBe(edits);
  expect(editDistance(to, from)).toBe(edits);
});

test.each([
  ["postgress", ["kafka", "postgres"], "postgres"],
  ["DependsOn", ["dependsOn"], "dependsOn"],
  ["graceMS", ["graceMs", "ignore"], "graceMs"],
  ["c", ["a", "b"], null],
  ["banana", ["cwd", "port"], null],
  ["bakend", [], null],
])("%s among %j: %s", (word, candidates, meant) => {
  expect(didYouMean(word, candidates)).toBe(meant);
});
