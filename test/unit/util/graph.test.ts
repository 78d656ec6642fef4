import { expect, test } from "vitest";
import { closure, findCycle, startOrder } from "../../../src/util/graph.ts";

const edges = (all: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(all));

test.each([
  [{ a: ["b"], b: ["c"], c: [] }, null],
  [{ a: ["a"] }, ["a", "a"]],
  [{ web: ["api"], api: ["worker"], worker: ["api"] }, ["api", "worker", "api"]],
  // two ways to the same place are no cycle
  [{ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, null],
  [{ a: ["postgres"] }, null],
])("the cycle in %j", (all, cycle) => {
  expect(findCycle(edges(all))).toEqual(cycle);
});

test("what a name needs, directly or not", () => {
  const all = edges({ web: ["api"], api: ["db"], db: [], other: ["db"] });
  expect([...closure(all, ["web"])].toSorted()).toEqual(["api", "db", "web"]);
  expect([...closure(edges({ a: ["b"], b: ["a"] }), ["a"])].toSorted()).toEqual(["a", "b"]);
});

test("dependencies first, else the order of the config", () => {
  expect(startOrder(edges({ web: ["api"], tool: [], api: ["postgres"] }))).toEqual(["api", "web", "tool"]);
});
