import { expect, test } from "vitest";
import type { Fault } from "../../../src/model/fault.ts";
import type { TracedRequest } from "../../../src/model/traced-request.ts";
import { faultLines } from "../../../src/ui/faults.ts";
import { requestLines } from "../../../src/ui/requests.ts";
import { at, plain } from "./fake.ts";

const fault = (more: Partial<Fault> = {}): Fault => ({
  id: "1",
  app: "backend",
  kind: "python",
  message: "ZeroDivisionError: division by zero",
  file: "web/routes.py",
  line: 41,
  count: 50,
  first: at,
  last: at,
  frame: ["    return 1 / 0", "           ~~^~~"],
  ...more,
});

const clock = new Date(at).toTimeString().slice(0, 8);

test("a fault: its app and place, how often, its message and code", () => {
  expect(faultLines([fault()], 80, plain)).toEqual([
    "1 error",
    "",
    `✖ backend web/routes.py:41  ×50, last ${clock}`,
    "  ZeroDivisionError: division by zero",
    "  │     return 1 / 0",
    "  │            ~~^~~",
  ]);
});

test("a file whose name would move the cursor", () => {
  const file = "web/\u001B[2J\u202E.py";
  expect(faultLines([fault({ file })], 80, plain)[2]).toContain("web/\\u001b[2J\\u202e.py:41");
  const exception = { kind: "python", message: "no", file, line: 41, frame: [] } as const;
  const request = { id: "1", at, app: "web", method: "GET", path: "/", status: 500, ms: 1, exception, lines: [] };
  expect(requestLines([request as unknown as TracedRequest], 80, plain)[1]).toBe("  web/\\u001b[2J\\u202e.py:41  no");
});

test("without a place, once, and with text that would move the cursor", () => {
  const [, , head, message] = faultLines(
    [fault({ file: null, line: null, count: 1, message: "a\u001B[2Jb\u202E" })],
    80,
    plain,
  );
  expect(head).toBe(`✖ backend  ${clock}`);
  expect(message).toBe("  ab\\u202e");
});

test("nothing", () => {
  expect(faultLines([], 80, plain)).toEqual(["✔ nothing is broken, as far as devpm sees"]);
});

test.for([1, 2, 5, 12, 18, 100])("%i of them take less than 40 lines, and the newest are there", (count) => {
  const many = Array.from({ length: count }, (_, n) =>
    fault({ message: `fault ${n}`, frame: Array.from({ length: 30 }, () => "x".repeat(300)) }),
  );
  const lines = faultLines(many, 80, plain);
  expect(lines.length).toBeLessThan(40);
  expect(lines.join("\n")).toContain("fault 0");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  if (count === 100) expect(lines[0]).toBe("100 errors, the newest 18 of them here: devpm errors --json has all");
});
