import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonString } from "../../../src/logs/record.ts";
import type { Stamped } from "../../../src/model/events.ts";
import { encodedEvent } from "../../../src/session/control/requests.ts";

const AT = "2026-01-31T12:00:00.000Z";

/** Any text, halves of surrogate pairs, control characters and what JSON has to escape among it. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      "\\",
      "\n",
      "\u001B",
      "\u2028",
      "\uD83D",
      "\uDE00",
      "ü",
      "a",
      " ",
      "!",
      "[",
      "]",
      "\u007F",
    ),
  }),
);

test("a text is written as JSON.stringify writes it", () => {
  fc.assert(
    fc.property(text, (one) => jsonString(one) === JSON.stringify(one)),
    { numRuns: 2_000 },
  );
});

test("every code unit alone, and between others", () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const one = `a${String.fromCharCode(unit)}b`;
    if (jsonString(one) !== JSON.stringify(one)) expect(jsonString(one)).toBe(JSON.stringify(one));
  }
});

test("a log line reads back as the event it was, in one line", () => {
  const stream = fc.constantFrom("out" as const, "err" as const);
  const property = fc.property(text, text, stream, fc.nat(), (app, line, from, n) => {
    const event: Stamped = { event: "log", at: AT, n, app, stream: from, line };
    const encoded = encodedEvent(event);
    expect(encoded.indexOf("\n")).toBe(encoded.length - 1);
    expect(JSON.parse(encoded)).toEqual(event);
  });
  fc.assert(property, { numRuns: 2_000 });
});

test("a log line without a number, and any other event", () => {
  const log: Stamped = { event: "log", at: AT, app: "a", stream: "out", line: "x" };
  expect(JSON.parse(encodedEvent(log))).toEqual({ ...log, n: null });
  const notice: Stamped = { event: "notice", at: AT, text: 'say "x"\n' };
  expect(encodedEvent(notice)).toBe(`${JSON.stringify(notice)}\n`);
});
