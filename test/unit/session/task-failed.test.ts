import { expect, test } from "vitest";
import { printDiagnostic } from "../../../src/diagnostics/print.ts";
import type { Task } from "../../../src/model/project.ts";
import { howEnded, taskFailed } from "../../../src/session/tasks/failed.ts";
import { sampleApp } from "../plan/sample.ts";
import { plain } from "../ui/fake.ts";

const task = {
  ...sampleApp({ name: "migrate", command: { argv: ["python", "-m", "alembic", "upgrade", "head"], shell: false } }),
  kind: "task",
  port: null,
  inputs: [],
  output: null,
} satisfies Task;

test("one block, at most 14 lines, with the output, what waits, and what to paste", () => {
  const output = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  const advice = { evidence: [], fixes: [] };
  const failure = { exitCode: 1, why: howEnded(1), output, waiting: ["api", "worker"], advice };
  const text = printDiagnostic(taskFailed({ task, ...failure }), {
    columns: 100,
    colors: plain,
    asTyped: (said) => said,
  });
  expect(text.split("\n").length).toBeLessThanOrEqual(14);
  expect(text).toContain("migrate failed");
  expect(text).toContain("DEVPM_TASK_FAILED");
  expect(text).toContain("python -m alembic upgrade head  (exit code 1)");
  expect(text).toContain("line 39");
  expect(text).toContain("api and worker wait for it.");
  expect(text).toContain("devpm run migrate -- python -m alembic upgrade head");
  expect(text).toContain("devpm start migrate");
});

test("a known cause: its own fixes, in as many lines", () => {
  const output = [
    "Traceback (most recent call last):",
    ...Array.from({ length: 20 }, (_, index) => `  File "x.py", line ${index}`),
    'asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "app"',
  ];
  const advice = {
    evidence: [["cause", "the database refuses the password of app in DATABASE_URL"] as const],
    fixes: [{ label: "set DATABASE_URL, then", command: "devpm start migrate" }],
  };
  const text = printDiagnostic(taskFailed({ task, exitCode: 1, why: howEnded(1), output, waiting: ["api"], advice }), {
    columns: 100,
    colors: plain,
    asTyped: (said) => said,
  });
  expect(text.split("\n").length).toBeLessThanOrEqual(14);
  expect(text).toMatch(/cause +the database refuses the password/);
  expect(text).toMatch(/fix +set DATABASE_URL, then: +devpm start migrate$/);
  expect(text).not.toContain("look into it");
});

test("how it ended, as a shell has it", () => {
  expect([1, 127, 130, 137, 143].map(howEnded)).toEqual([
    "exit code 1",
    "exit code 127",
    "exit code 130, SIGINT",
    "exit code 137, SIGKILL",
    "exit code 143, SIGTERM",
  ]);
});
