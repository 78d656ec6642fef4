import { array, assert, constantFrom, integer, property } from "fast-check";
import { expect, test } from "vitest";
import type { FaultFinder, FoundFault } from "../../../src/errors/found.ts";
import { frontendFinder } from "../../../src/errors/frontend.ts";
import { pythonFinder } from "../../../src/errors/python.ts";

const LINES = [
  "GET /api/items 200",
  "",
  "  indented",
  "Traceback (most recent call last):",
  '  File "/p/web/app.py", line 7, in index',
  "    total / 0",
  "ZeroDivisionError: division by zero",
  "During handling of the above exception, another exception occurred:",
  "/p/ui/server.mjs:12",
  "TypeError: x is not a function",
  "    at index (file:///p/ui/server.mjs:12:5)",
  "[vite] Internal server error: Failed to resolve import",
  "  File: /p/ui/src/App.jsx:5:10",
  "src/App.tsx:5:10 - error TS2322: Type 'string' is not assignable",
];

function found(finder: FaultFinder, batches: readonly (readonly string[])[], skips: boolean): FoundFault[] {
  const all: FoundFault[] = [];
  for (const lines of batches) {
    if (skips && !finder.matters(lines.join("\n"))) continue;
    for (const line of lines) all.push(...finder.line(line));
  }
  return [...all, ...finder.rest()];
}

test.each([pythonFinder, frontendFinder])("lines that do not matter to %o find nothing", (finder) => {
  assert(
    property(array(constantFrom(...LINES), { maxLength: 40 }), array(integer({ min: 1, max: 9 })), (lines, sizes) => {
      const batches: string[][] = [];
      for (let at = 0, n = 0; at < lines.length; n++) {
        const size = sizes[n % Math.max(1, sizes.length)] ?? 5;
        batches.push(lines.slice(at, at + size));
        at += size;
      }
      expect(found(finder(), batches, true)).toEqual(found(finder(), batches, false));
    }),
    { numRuns: 1_000 },
  );
});

test("a batch of access lines matters to neither", () => {
  const text = Array.from({ length: 500 }, (_, n) => `GET /api/items/${n} 200`).join("\n");
  expect(pythonFinder().matters(text)).toBe(false);
  expect(frontendFinder().matters(text)).toBe(false);
});
