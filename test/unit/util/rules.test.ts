import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { aborted } from "../../../src/util/abort.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { closure, findCycle, startOrder, type Edges } from "../../../src/util/graph.ts";
import { groupBy } from "../../../src/util/group.ts";
import { once } from "../../../src/util/once.ts";
import { shellQuote } from "../../../src/util/shell-quote.ts";
import { didYouMean, editDistance } from "../../../src/util/similar.ts";

describe("words for a shell", () => {
  const word = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !text.includes("\0")),
    fc.constantFrom("", "it's", '"', "$HOME", "`id`", "\\", "a b", "\n", "*", "~", "!", "-n", "'", "''", "a\\'b"),
  );

  test("a real shell reads back exactly the words that were quoted", () => {
    const lists = fc.sample(fc.array(word, { minLength: 1, maxLength: 5 }), { numRuns: 150, seed: 7 });
    const script = lists.map(
      (list) => `for w in ${shellQuote(...list)}; do printf '%s\\0' "$w"; done; printf '\\001\\0'`,
    );
    const { stdout, stderr } = spawnSync("/bin/sh", ["-c", script.join("\n")], { encoding: "utf8", env: {} });
    expect(stderr).toBe("");
    const read = stdout.split("\u0001\0").slice(0, -1);
    expect(read.map((text) => text.split("\0").slice(0, -1))).toEqual(lists);
  });

  test.each(["devpm", "--port", "a=b", "/a/b-c.py", "user@host:22", "1,2", "100%", "a+b"])(
    "%s needs no quotes",
    (plain) => {
      expect(shellQuote(plain)).toBe(plain);
    },
  );
});

describe("the distance of two words", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });

  test("is nothing from a word to itself, more than nothing to another, and the same both ways", () => {
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
      }),
    );
  });

  test("is at least the difference of the lengths and at most the longer length", () => {
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  test("grows by one at most with one more letter", () => {
    fc.assert(
      fc.property(letters, letters, fc.constantFrom("a", "b"), (a, b, letter) => {
        expect(Math.abs(editDistance(a + letter, b) - editDistance(a, b))).toBeLessThanOrEqual(1);
      }),
    );
  });

  test.each([
    ["ab", "ba", 1],
    ["form", "from", 1],
    ["abc", "cab", 2],
  ])("neighbours that changed places count once: %s → %s", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });
});

describe("what was probably meant", () => {
  test("is the closest candidate, and of equals the first", () => {
    expect(didYouMean("statu", ["start", "status", "stats"])).toBe("status");
    expect(didYouMean("stat", ["stats", "start"])).toBe("stats");
  });

  test.each([
    ["two letters have to be right", "ab", ["ac"], null],
    ["two letters that are right", "ab", ["AB"], "AB"],
    ["one of three may differ", "abc", ["abd"], "abd"],
    ["two of three may not", "abc", ["aef"], null],
    ["two of six may", "abcdef", ["abcdxy"], "abcdxy"],
    ["three of six may not", "abcdef", ["abcxyz"], null],
  ])("%s", (_, word, candidates, meant) => {
    expect(didYouMean(word, candidates)).toBe(meant);
  });
});

/** A graph without a cycle: edges lead to later names only. */
const acyclic = fc
  .array(fc.array(fc.nat({ max: 8 }), { maxLength: 4 }), { minLength: 1, maxLength: 8 })
  .map(
    (all): Edges =>
      new Map(all.map((needs, index) => [`n${index}`, needs.filter((n) => n > index).map((n) => `n${n}`)])),
  );
const anyGraph = fc
  .array(fc.array(fc.nat({ max: 6 }), { maxLength: 3 }), { minLength: 1, maxLength: 6 })
  .map((all): Edges => new Map(all.map((needs, index) => [`n${index}`, needs.map((n) => `n${n}`)])));

describe("dependencies", () => {
  test("the start order has every name once, after what it needs", () => {
    fc.assert(
      fc.property(acyclic, (edges) => {
        const order = startOrder(edges);
        expect(order.toSorted()).toEqual([...edges.keys()].toSorted());
        for (const [name, needs] of edges)
          for (const need of needs) if (edges.has(need)) expect(order.indexOf(need)).toBeLessThan(order.indexOf(name));
      }),
    );
  });

  test("a cycle that is reported is one, and a graph without one has none", () => {
    fc.assert(fc.property(acyclic, (edges) => findCycle(edges) === null));
    fc.assert(
      fc.property(anyGraph, (edges) => {
        const cycle = findCycle(edges);
        if (cycle === null) return;
        expect(cycle.length).toBeGreaterThan(1);
        expect(cycle[0]).toBe(cycle.at(-1));
        for (const [index, name] of cycle.slice(0, -1).entries()) expect(edges.get(name)).toContain(cycle[index + 1]);
      }),
    );
  });

  test("what a name needs holds everything that any of its needs needs", () => {
    fc.assert(
      fc.property(anyGraph, (edges) => {
        const all = closure(edges, ["n0"]);
        expect(all.has("n0")).toBe(true);
        for (const name of all) for (const need of edges.get(name) ?? []) expect(all.has(need)).toBe(true);
        expect(closure(edges, all)).toEqual(all);
      }),
    );
  });
});

test("groups keep every value once, in its order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 })), (values) => {
      const groups = groupBy(values, (value) => value % 3);
      const sorted = (some: number[]): number[] => some.toSorted((a, b) => a - b);
      expect(sorted([...groups.values()].flat())).toEqual(sorted(values));
      for (const [key, group] of groups) expect(group).toEqual(values.filter((value) => value % 3 === key));
    }),
  );
});

describe("once", () => {
  test("makes a value at the first call, also when it is nothing", () => {
    let made = 0;
    const nothing = once(() => (made++, undefined));
    expect(made).toBe(0);
    expect([nothing(), nothing()]).toEqual([undefined, undefined]);
    expect(made).toBe(1);
  });

  test("gives the same object again", () => {
    const make = once(() => ({}));
    expect(make()).toBe(make());
  });
});

describe("waiting", () => {
  test("for a signal that has aborted already, and for one that does later", async () => {
    await aborted(AbortSignal.abort());
    const later = new AbortController();
    let done = false;
    const waiting = aborted(later.signal).then(() => (done = true));
    await Promise.resolve();
    expect(done).toBe(false);
    later.abort();
    await waiting;
    expect(done).toBe(true);
  });

  test("for a promise that other code settles; only the first value counts", async () => {
    const { promise, resolve } = deferred<number>();
    resolve(1);
    resolve(2);
    expect(await promise).toBe(1);
  });
});
