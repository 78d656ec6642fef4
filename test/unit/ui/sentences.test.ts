import { describe, expect, test } from "vitest";
import type { Receipt, StopReason, TaskReason } from "../../../src/model/events.ts";
import { NOTHING_ENDED } from "../../../src/model/events.ts";
import type { ServiceState, ServiceStatus } from "../../../src/model/service-status.ts";
import { leftoverDiagnostic, receiptLines } from "../../../src/ui/receipt.ts";
import * as sentences from "../../../src/ui/sentences.ts";
import { EVERY_EVENT } from "./every-event.ts";

const service = (name: string, state: ServiceState, more: Partial<ServiceStatus> = {}): ServiceStatus => ({
  service: name,
  container: `market-${name}-1`,
  state,
  exitCode: null,
  drift: false,
  reason: null,
  ports: [],
  ...more,
});

describe("what the check of the services found, in one line", () => {
  const said = (services: ServiceStatus[]): string =>
    sentences.infraChecked({ event: "infra.checked", ms: 41, services }).replace(" (checked in 41 ms)", "");

  test.each([
    ["no service", [], "infra: no services"],
    ["all healthy", [service("a", "healthy"), service("b", "healthy")], "infra: a, b healthy"],
    [
      "those without a health check apart",
      [service("a", "running"), service("b", "healthy")],
      "infra: b healthy; a running",
    ],
    [
      "what is not up last, with its reason",
      [service("a", "unhealthy", { reason: "no response" }), service("b", "healthy"), service("c", "missing")],
      "infra: b healthy; a unhealthy: no response; c missing",
    ],
  ])("%s", (_, services, text) => {
    expect(said(services)).toBe(text);
  });

  test.each([
    ["its exit code instead of a reason", { exitCode: 137, reason: "it was killed" }, "a stopped (exit code 137)"],
    ["an exit code of 0 too", { exitCode: 0 }, "a stopped (exit code 0)"],
    ["its reason where it never ran", { reason: "it was never started" }, "a stopped: it was never started"],
    ["nothing more", {}, "a stopped"],
  ])("a stopped service: %s", (_, more, text) => {
    expect(sentences.serviceState(service("a", "stopped", more))).toBe(text);
  });

  test("an exit code is of no interest while it runs", () => {
    expect(sentences.serviceState(service("a", "unhealthy", { exitCode: 1, reason: "no" }))).toBe("a unhealthy: no");
  });
});

describe("set-up", () => {
  const finished = (more: object): string => sentences.setupFinished({ ...EVERY_EVENT["setup.finished"], ...more });

  test.each([
    ["done", {}, "backend: pip install done in 2.1 s"],
    ["failed", { ok: false, exitCode: 2 }, "backend: pip install failed after 2.1 s (exit code 2)"],
    ["ended by a signal", { ok: false, exitCode: null }, "backend: pip install failed after 2.1 s"],
    [
      "cancelled is no failure",
      { ok: false, exitCode: 1, cancelled: true },
      "backend: pip install cancelled after 2.1 s",
    ],
  ])("%s", (_, more, text) => {
    expect(finished(more)).toBe(text);
  });
});

test.each([
  ["first run", "migrate runs"],
  ["no inputs", "migrate runs"],
  ["asked for", "migrate runs"],
  ["inputs changed", "migrate runs: inputs changed"],
  ["other containers", "migrate runs: other containers"],
  ["its output is missing", "migrate runs: its output is missing"],
  ["failed before", "migrate runs: failed before"],
] as [TaskReason, string][])("a task's reason is named where it is not the usual one: %s", (reason, text) => {
  expect(sentences.taskStarted({ ...EVERY_EVENT["task.started"], reason })).toBe(text);
});

describe("a crash", () => {
  const crash = { ...EVERY_EVENT["app.crashed"], exitCode: null, signal: null };

  test.each([
    ["its code", { during: "import", exitCode: 1 }, "backend stopped: its code does not import"],
    ["a signal", { signal: "SIGKILL" }, "backend stopped: it was ended by SIGKILL"],
    [
      "a signal, though an exit code is known too",
      { signal: "SIGSEGV", exitCode: 139 },
      "backend stopped: it was ended by SIGSEGV",
    ],
    ["an exit code", { exitCode: 3 }, "backend stopped: it exited with code 3"],
    ["exit code 0: it should have stayed", { exitCode: 0 }, "backend stopped: it exited with code 0"],
    ["nothing that is known", {}, "backend stopped"],
  ] as const)("names %s", (_, more, text) => {
    expect(sentences.crashed({ ...crash, ...more })).toBe(text);
  });
});

test("where the time of a reload went: each step since the save, and the session's usual", () => {
  expect(
    sentences.whereTimeWent({
      noticed: 0.6,
      forked: 2.4,
      imported: 9.5,
      answering: 12.5,
      p50: 12,
      p95: 30.4,
      grown: null,
    }),
  ).toBe("save → noticed 1 → forked 2 → imported 10 → answering 13; of this session p50 12, p95 30");
});

test("every reason to stop has words of its own", () => {
  const reasons: Record<StopReason, true> = {
    "ctrl-c": true,
    quit: true,
    sigterm: true,
    "terminal-closed": true,
    down: true,
    detach: true,
    idle: true,
    failed: true,
    crash: true,
    "guardian-lost": true,
    "output-lost": true,
  };
  const said = (Object.keys(reasons) as StopReason[]).map(sentences.stopping);
  expect(new Set(said).size).toBe(said.length);
  for (const text of said) expect(text).toMatch(/^stopping \(.+\)$/);
});

test("what the session goes on without", () => {
  const absent = (services: string[]): string => sentences.absent({ ...EVERY_EVENT["infra.absent"], services });
  expect(absent([])).toBe("infra: Docker is not running");
  expect(absent(["a"])).toBe("infra: Docker is not running; going on without a");
  expect(absent(["a", "b", "c"])).toBe("infra: Docker is not running; going on without a, b and c");
});

describe("the receipt of a teardown", () => {
  const ended = (...apps: string[]): Receipt["ended"] =>
    apps.map((app, index) => ({ pid: index + 1, app, how: "SIGTERM" }));
  const receipt = (more: Partial<Receipt>): Receipt => ({ ...NOTHING_ENDED, ms: 212, ...more });

  test.each([
    ["nothing was there", {}, ["nothing was running"]],
    [
      "nothing could be stopped",
      { leftovers: [{ pid: 1, app: "a", command: "x", reason: "state D" }] },
      ["nothing could be stopped"],
    ],
    ["one process", { ended: ended("web") }, ["stopped web in 212 ms (1 process)"]],
    [
      "each app once, in the order of the alphabet",
      { ended: ended("web", "backend", "web", "tool") },
      ["stopped backend, tool and web in 212 ms (4 processes)"],
    ],
    ["processes without an app's name", { ended: ended("", "") }, ["stopped 2 processes in 212 ms"]],
    ["some without a name", { ended: ended("", "web") }, ["stopped web in 212 ms (2 processes)"]],
    [
      "those that had to be killed",
      { ended: [...ended("web"), { pid: 9, app: "web", how: "SIGKILL" }] },
      ["stopped web in 212 ms (2 processes, 1 by SIGKILL)"],
    ],
    [
      "nameless ones that had to be killed",
      { ended: [{ pid: 9, app: "", how: "SIGKILL" }] },
      ["stopped 1 process in 212 ms, 1 by SIGKILL"],
    ],
    ["one port", { portsFree: [5050] }, ["nothing was running", "port 5050 is free"]],
    ["several ports", { portsFree: [1, 2, 3] }, ["nothing was running", "ports 1, 2 and 3 are free"]],
    [
      "what was spared, with and without the app that opened it",
      {
        spared: [
          { pid: 7, app: "web", command: "firefox" },
          { pid: 8, app: "", command: "code" },
        ],
      },
      ["nothing was running", "left alone: pid 7 firefox (opened by web)", "left alone: pid 8 code"],
    ],
  ] as [string, Partial<Receipt>, string[]][])("%s", (_, more, lines) => {
    expect(receiptLines(receipt(more))).toEqual(lines);
  });

  test("what is left is a warning that names each process and its reason; nothing left is none", () => {
    expect(leftoverDiagnostic(receipt({ ended: ended("web") }))).toBeNull();
    const leftovers = [
      { pid: 5, app: "web", command: "chrome", reason: "state D" },
      { pid: 6, app: "", command: "x", reason: "belongs to another user" },
    ];
    expect(leftoverDiagnostic(receipt({ leftovers, portsFree: [1, 2] }))).toMatchObject({
      code: "DEVPM_TEARDOWN_INCOMPLETE",
      severity: "warning",
      summary: "2 processes did not stop",
      evidence: [
        ["pid 5", "chrome (started by web): state D"],
        ["pid 6", "x: belongs to another user"],
      ],
      state: "Everything else stopped. Ports 1 and 2 are free.",
    });
  });
});
