import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  flag,
  isObject,
  listOf,
  nullable,
  number,
  oneOf,
  optional,
  shape,
  textUpTo,
  variants,
  whole,
  type Guard,
} from "../../../src/util/guard.ts";

const check = (guard: Guard<never> | Guard<unknown>, value: unknown): string | null =>
  (guard as Guard<unknown>)(value, "value");

const OTHER_KINDS = [null, undefined, [], {}, Symbol("x"), () => {}, 10n, NaN, new Date(0)];

describe("a value of one kind", () => {
  test.each([
    ["flag", flag, [true, false], [0, 1, "true", ""]],
    ["text", textUpTo(3), ["", "abc", "🙂"], ["abcd", 1, true, new String("ab")]],
    ["whole", whole(-1, 3), [-1, 0, 3], [-2, 4, 1.5, "1", Infinity, -Infinity]],
    ["number", number(0, 1), [0, 0.5, 1], [-0.1, 1.1, "0.5", Infinity]],
    ["oneOf", oneOf("a", "b"), ["a", "b"], ["c", "", "A", 1]],
  ] as const)("%s takes what it names and nothing else", (_, guard, good, bad) => {
    for (const value of good) expect(check(guard as Guard<unknown>, value), String(value)).toBeNull();
    for (const value of [...bad, ...OTHER_KINDS])
      expect(check(guard as Guard<unknown>, value)).toMatch(/^value: expected /);
  });

  test.each([
    ["flag", flag, "value: expected true or false"],
    ["text", textUpTo(3), "value: expected text of at most 3 characters"],
    ["whole", whole(1, 9), "value: expected a whole number from 1 to 9"],
    ["number", number(0, 1), "value: expected a number from 0 to 1"],
    ["oneOf", oneOf("ready", "reload"), "value: expected ready or reload"],
    ["list", listOf(flag, 2), "value: expected a list of at most 2"],
    ["shape", shape({ a: flag }), "value: expected an object"],
  ])("%s: the problem names the place and what was expected", (_, guard, problem) => {
    expect(check(guard as Guard<unknown>, Symbol("no value of JSON"))).toBe(problem);
  });
});

describe("what may be absent", () => {
  test("nullable takes null and not undefined; optional the other way round", () => {
    expect(check(nullable(flag), null)).toBeNull();
    expect(check(nullable(flag), undefined)).not.toBeNull();
    expect(check(optional(flag), undefined)).toBeNull();
    expect(check(optional(flag), null)).not.toBeNull();
    for (const guard of [nullable(flag), optional(flag)] as Guard<unknown>[]) {
      expect(check(guard, true)).toBeNull();
      expect(check(guard, "true")).toBe("value: expected true or false");
    }
  });
});

describe("a list", () => {
  test("names the index of its first wrong item", () => {
    expect(check(listOf(whole(0, 9), 5), [1, 2, "3", -1])).toBe("value[2]: expected a whole number from 0 to 9");
  });

  test("has at most the given length, which is checked before any item", () => {
    let looked = 0;
    const counting: Guard<unknown> = () => (looked++, null);
    expect(check(listOf(counting, 3), [1, 2, 3])).toBeNull();
    expect(looked).toBe(3);
    expect(check(listOf(counting, 3), [1, 2, 3, 4])).toBe("value: expected a list of at most 3");
    expect(looked).toBe(3);
  });

  test("is no object with a length", () => {
    expect(check(listOf(flag, 9), { length: 1, 0: true })).not.toBeNull();
  });
});

describe("an object", () => {
  const person = shape<{ name: string; age?: number | undefined }>({ name: textUpTo(9), age: optional(whole(0, 150)) });

  test("has each of its keys, and may have others", () => {
    expect(check(person, { name: "Ana" })).toBeNull();
    expect(check(person, { name: "Ana", age: 9, hat: "red" })).toBeNull();
    expect(check(person, {})).toBe("value.name: expected text of at most 9 characters");
    expect(check(person, { name: "Ana", age: -1 })).toBe("value.age: expected a whole number from 0 to 150");
  });

  test("nests its places", () => {
    const nested = shape({ people: listOf(person, 3) });
    expect(check(nested, { people: [{ name: "a" }, { name: 5 }] })).toBe(
      "value.people[1].name: expected text of at most 9 characters",
    );
  });

  test.each([
    ["a list", []],
    ["null", null],
    ["text", "{}"],
  ])("is not %s", (_, value) => {
    expect(check(person, value)).toBe("value: expected an object");
    expect(isObject(value)).toBe(false);
  });

  test("does not take what it inherits: neither its own prototype's keys nor a hostile __proto__", () => {
    const guard = shape<{ toString: string }>({ toString: textUpTo(9) });
    expect(check(guard, {})).toBe("value.toString: expected text of at most 9 characters");
    expect(check(person, Object.create({ name: "inherited" }))).not.toBeNull();
    expect(check(person, JSON.parse('{"__proto__":{"name":"x"}}'))).not.toBeNull();
  });
});

describe("one of several shapes", () => {
  const event = variants<{ op: string }>("op", { go: shape({ to: textUpTo(9) }), stop: shape({}) });

  test("is selected by its tag", () => {
    expect(check(event, { op: "go", to: "x" })).toBeNull();
    expect(check(event, { op: "stop" })).toBeNull();
    expect(check(event, { op: "go" })).toBe("value.to: expected text of at most 9 characters");
  });

  test.each([
    ["an unknown tag", "fly"],
    ["no tag", undefined],
    ["a number", 1],
    ["what every object has", "toString"],
  ])("refuses %s and lists the valid ones", (_, op) => {
    expect(check(event, { op })).toBe("value.op: expected go or stop");
  });

  test("refuses what is no object", () => {
    for (const value of [null, "go", [], 1]) expect(check(event, value)).toBe("value: expected an object");
  });
});

test("a guard neither throws nor changes the value, whatever JSON it gets", () => {
  const guards = [
    shape({ a: listOf(nullable(whole(0, 9)), 3), b: optional(textUpTo(2)) }),
    variants("kind", { a: shape({ a: flag }) }),
    listOf(oneOf("x"), 2),
  ] as Guard<unknown>[];
  fc.assert(
    fc.property(fc.json(), (json) => {
      const value: unknown = JSON.parse(json);
      for (const guard of guards) {
        const problem = guard(value, "at");
        expect(problem === null || problem.startsWith("at")).toBe(true);
      }
      expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(json)));
    }),
    { numRuns: 300 },
  );
});
