import { beforeEach, expect, test } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import type { Receipt, SessionEvent } from "../../../src/model/events.ts";
import { createProblems, type Problems } from "../../../src/session/problems.ts";
import { createStop, type Stop } from "../../../src/session/stop.ts";
import { deferred } from "../../../src/util/deferred.ts";

let emitted: SessionEvent[];
let stop: Stop;
let hasBegun: boolean;
let problems: Problems;

beforeEach(() => {
  emitted = [];
  stop = createStop();
  hasBegun = false;
  problems = createProblems({ emit: (event) => emitted.push(event), stop, hasBegun: () => hasBegun });
});

const problem = (code: Diagnostic["code"], severity: Diagnostic["severity"] = "error"): Diagnostic => ({
  code,
  severity,
  summary: code,
  evidence: [],
  state: "Nothing was started.",
  fixes: [],
});
const codes = (): unknown[] => emitted.map((event) => "code" in event && event.code);
const clean = { leftovers: [] } as unknown as Receipt;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("the gravest of all that was reported decides, and a warning does not", () => {
  problems.report([problem("DEVPM_PORT_HELD"), problem("DEVPM_TASK_FAILED")]);
  problems.report([problem("DEVPM_BUG", "warning")]);
  expect(codes()).toEqual(["DEVPM_PORT_HELD", "DEVPM_TASK_FAILED", "DEVPM_BUG"]);
  expect(problems.exit).toBe(3);
});

test("a session that failed ends with that code, one that was asked to end with that of the asking", () => {
  problems.report([problem("DEVPM_PORT_HELD")]);
  expect(problems.exitCode(clean)).toBe(3);
  stop.request("ctrl-c");
  expect(problems.exitCode(clean)).toBe(130);
  expect(problems.exit).toBe(3);
});

test("what is left is a failure, whatever ended the session", () => {
  stop.request("down");
  expect(problems.exitCode(clean)).toBe(0);
  expect(problems.exitCode({ ...clean, leftovers: [{ pid: 9, app: "api", command: "x", reason: "y" }] })).toBe(1);
});

test("once something was started, a problem does not say that nothing was", () => {
  hasBegun = true;
  problems.report([problem("DEVPM_PORT_HELD")]);
  expect(emitted).toMatchObject([{ state: "What was started meanwhile is being ended." }]);
});

test("a problem that ends the session is reported at once, and ends it when what is in progress is over", async () => {
  const inProgress = deferred();
  problems.abortWith([problem("DEVPM_PORT_HELD")], inProgress.promise);
  await turn();
  expect(codes()).toEqual(["DEVPM_PORT_HELD"]);
  expect(stop.reason).toBeNull();
  inProgress.resolve();
  await turn();
  expect(stop.reason).toBe("failed");
});

test("what throws while the session ends is no bug", async () => {
  stop.request("ctrl-c");
  problems.crash(new Error("the socket is gone"));
  await turn();
  expect(emitted).toEqual([]);
  expect(stop.reason).toBe("ctrl-c");
});
