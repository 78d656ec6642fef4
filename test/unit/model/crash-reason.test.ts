import { expect, test } from "vitest";
import { crashReason } from "../../../src/model/crash-reason.ts";

test.each([
  ["what it said last", 1, null, "no such table", "no such table"],
  ["its exit code where it said nothing", 3, null, undefined, "it exited with code 3"],
  ["nothing that it said before an end without an error", 0, null, "migrated", "it exited with code 0"],
  ["nothing that it said before it was killed", null, "SIGKILL", "working", "it was ended by SIGKILL"],
  ["what it said before another signal", null, "SIGABRT", "assertion failed", "assertion failed"],
] as const)("why a program has ended: %s", (_, exitCode, signal, said, why) =>
  expect(crashReason({ exitCode, signal }, said)).toBe(why),
);
