import { expect, test } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { afterStart } from "../../../src/session/diagnostics.ts";

const problem = (state?: string): Diagnostic => ({
  code: "DEVPM_PORT_HELD",
  severity: "error",
  summary: "Port 5050 is held",
  evidence: [],
  fixes: [],
  ...(state === undefined ? {} : { state }),
});

test.each([
  ["Nothing was started.", "What was started meanwhile is being ended."],
  [
    "Nothing was started. devpm never stops a process it did not start.",
    "What was started meanwhile is being ended. devpm never stops a process it did not start.",
  ],
  ["Still running: web.", "Still running: web."],
])("once something was started, %j is not claimed", (before, after) => {
  expect(afterStart(problem(before))).toEqual(problem(after));
});

test("a problem without a state gets none", () => expect(afterStart(problem())).toEqual(problem()));
