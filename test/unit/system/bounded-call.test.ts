import { expect, test } from "vitest";
import { boundedCall } from "../../../src/system/bounded-call.ts";

const forEver = (): never => {
  for (;;);
};

test("a call returns what it returns, and throws what it throws", () => {
  expect(boundedCall(() => ["value"], 1_000)).toEqual(["value"]);
  const thrown = new TypeError("theirs");
  expect(() =>
    boundedCall(() => {
      throw thrown;
    }, 1_000),
  ).toThrow(thrown);
});

test("a loop that never ends is interrupted, and the next call is a call like any other", () => {
  expect(() => boundedCall(forEver, 30)).toThrow("it was still running after 0.03 s: a loop in it never ends");
  expect(boundedCall(() => 1, 1_000)).toBe(1);
});

test("a loop that catches everything is interrupted too", () => {
  const stubborn = (): void => {
    for (;;) {
      try {
        forEver();
      } catch {
        // as retrying code does
      }
    }
  };
  expect(() => boundedCall(stubborn, 30)).toThrow("a loop in it never ends");
});

test("calls in each other: the inner one's end is not the outer one's", () => {
  const outer = boundedCall(() => {
    const inner = boundedCall(() => "inner", 1_000);
    expect(() => boundedCall(forEver, 30)).toThrow("a loop in it never ends");
    return `outer of ${inner}`;
  }, 10_000);
  expect(outer).toBe("outer of inner");
  expect(Object.getOwnPropertySymbols(globalThis)).not.toContain(Symbol.for("devpm.bounded-call"));
});

test("what it calls sees the realm and the stack it was written in", () => {
  const [made, stack] = boundedCall(() => [{}, new Error("x").stack] as const, 1_000);
  expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  expect(stack).toContain("bounded-call.test.ts");
});
