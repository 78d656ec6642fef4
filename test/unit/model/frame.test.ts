import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFrame } from "../../../src/model/frame.ts";
import { DEEPEST_FRAME, LONGEST_FRAME, LONGEST_MS } from "../../../src/model/limits.ts";
import type { Frame, WarmReport } from "../../../src/model/protocol.ts";

const REPORTS: WarmReport[] = [
  { what: "ready", pid: 12, port: 5050, ms: 300.5 },
  { what: "ready", pid: 12, port: null, ms: 0 },
  { what: "reloading", file: "web/routes.py", savedAt: 1_767_225_600_000.25 },
  {
    what: "reloaded",
    file: "web/routes.py",
    savedAt: 1,
    noticedAt: 2,
    forkedAt: 3,
    importedAt: 4,
    answeringAt: 5,
    pid: 9,
    warm: true,
    p50: 12.5,
    p95: 20,
  },
  {
    what: "reloaded",
    file: "a.py",
    savedAt: 1,
    noticedAt: 2,
    forkedAt: 3,
    importedAt: 4,
    answeringAt: 5,
    pid: 9,
    warm: false,
    p50: 12.5,
    p95: 20,
    grown: { module: "pandas", ms: 41.7 },
  },
  {
    what: "crashed",
    file: null,
    savedAt: null,
    excerpt: ["ValueError: no"],
    during: "run",
    exitCode: null,
    signal: "SIGSEGV",
  },
  { what: "crashed", file: "a.py", savedAt: 1, excerpt: [], during: "import", exitCode: -11, signal: null },
  { what: "cold", reason: "requirements.txt changed" },
  { what: "unfit", reason: "it replaces itself" },
  { what: "preloaded", modules: 412, ms: 600 },
  { what: "notice", text: "watching by polling" },
  { what: "prompt", file: "web/routes.py", line: 12, request: true },
  { what: "prompt", file: null, line: null, request: false },
  { what: "went_on" },
  { what: "caught_up", asked: 3, unread: ["/p/made.json"] },
];

const FRAMES: Frame[] = [
  { op: "hello", protocol: 1, devpm: "0.1.0", nonce: "n" },
  { op: "prove", proof: "p" },
  { op: "status" },
  { op: "events", logs: true },
  { op: "events", logs: true, outputs: ["/p/out.txt"] },
  { op: "down", force: false },
  { op: "restart", apps: ["backend"] },
  { op: "start", names: [] },
  { op: "stop", names: ["a", "b"] },
  { op: "wait", apps: [], for: "reload", timeoutMs: 0 },
  { op: "attend", app: "backend" },
  { op: "attend", app: null },
  { op: "attend", app: null, terminal: "/dev/pts/3" },
  { op: "input", app: "backend", what: "line", text: "p x" },
  { op: "input", app: "backend", what: "interrupt", text: "" },
  { op: "evaluate", app: "backend", text: "p x", timeoutMs: 30_000 },
  ...REPORTS.map((report): Frame => ({ op: "report", app: "backend", session: "s1", report })),
];

test.each(FRAMES.map((frame) => [JSON.stringify(frame).slice(0, 90), frame] as const))(
  "%s is read as it was sent",
  (_, frame) => {
    expect(readFrame(JSON.stringify(frame))).toEqual({ ok: true, frame });
  },
);

/** Every path of keys in a value, the value's own keys first. */
function* paths(value: unknown, at: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, one] of Object.entries(value)) {
    yield [...at, key];
    yield* paths(one, [...at, key]);
  }
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key = "", ...rest] = path;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = rest.length === 0 ? by : replaced(copy[key], rest, by);
  return copy;
}

test.each(FRAMES.map((frame) => [JSON.stringify(frame).slice(0, 90), frame] as const))(
  "%s with any of its values replaced by an object is refused, with the place",
  (_, frame) => {
    for (const path of paths(frame)) {
      const read = readFrame(JSON.stringify(replaced(frame, path, { of: "another kind" })));
      const last = path.findLast((key) => !/^\d+$/.test(key)) ?? "";
      expect(read, path.join(".")).toMatchObject({ ok: false, isFrame: true });
      expect(read.ok ? "" : read.error).toContain(last);
    }
  },
);

test("the smallest and the largest values of a report are read", () => {
  const extremes: WarmReport[] = [
    { what: "ready", pid: 1, port: 0, ms: 0 },
    { what: "ready", pid: 2 ** 31, port: 65_535, ms: 8.64e15 },
    { what: "reloading", file: "", savedAt: 0 },
    { what: "reloading", file: "x".repeat(8_192), savedAt: 8.64e15 },
    { what: "preloaded", modules: 0, ms: 0 },
    { what: "crashed", file: null, savedAt: null, excerpt: [], during: "run", exitCode: -(2 ** 31), signal: null },
  ];
  for (const report of extremes)
    expect(readFrame(JSON.stringify({ op: "report", app: "a", session: "s", report })), report.what).toMatchObject({
      ok: true,
    });
});

describe("refused before anything acts on it", () => {
  const report = (over: object): string =>
    JSON.stringify({ op: "report", app: "a", session: "s", report: { ...REPORTS[0], ...over } });

  test.each([
    ["an unknown operation", '{"op":"explode"}', "request.op"],
    ["no operation", "{}", "request.op"],
    ["an operation that every object has", '{"op":"constructor"}', "request.op"],
    ["a list", "[]", "expected an object"],
    ["text", '"status"', "expected an object"],
    ["a time of no timer", `{"op":"wait","apps":[],"for":"ready","timeoutMs":${LONGEST_MS + 1}}`, "request.timeoutMs"],
    ["a negative time", '{"op":"wait","apps":[],"for":"ready","timeoutMs":-1}', "request.timeoutMs"],
    ["a wait for anything else", '{"op":"wait","apps":[],"for":"rain","timeoutMs":1}', "ready or reload"],
    ["more names than any project has", JSON.stringify({ op: "stop", names: Array(1_001).fill("a") }), "request.names"],
    ["a name as long as a file", JSON.stringify({ op: "start", names: ["x".repeat(257)] }), "request.names[0]"],
    ["a pid of no process", report({ pid: 0 }), "request.report.pid"],
    ["a port that is none", report({ port: 65_536 }), "request.report.port"],
    ["a moment outside of time", report({ ms: 1e300 }), "request.report.ms"],
  ])("%s", (_, line, place) => {
    const read = readFrame(line);
    expect(read).toMatchObject({ ok: false, isFrame: true });
    expect(read.ok ? "" : read.error).toMatch(/^malformed request: /);
    expect(read.ok ? "" : read.error).toContain(place);
  });

  test.each([
    ["no JSON", "hello", "no JSON"],
    ["half a frame", '{"op":"stat', "no JSON"],
    ["an empty line", "", "no JSON"],
    ["a longer line than any request", `{"op":"${"x".repeat(LONGEST_FRAME)}"}`, `longer than ${LONGEST_FRAME}`],
    ["a nest of lists", "[".repeat(100_000), `more than ${DEEPEST_FRAME}`],
    ["a nest of objects", '{"a":'.repeat(9) + "1" + "}".repeat(9), `more than ${DEEPEST_FRAME}`],
  ])("%s is not even a frame", (_, line, what) => {
    const read = readFrame(line);
    expect(read).toMatchObject({ ok: false, isFrame: false });
    expect(read.ok ? "" : read.error).toContain(what);
  });
});

describe("depth", () => {
  const nested = (depth: number, open: string, close: string): string =>
    `{"op":"status","more":${open.repeat(depth - 1)}1${close.repeat(depth - 1)}}`;

  test("is counted as JSON nests, and the deepest frame is still read", () => {
    expect(readFrame(nested(DEEPEST_FRAME, "[", "]"))).toMatchObject({ ok: true });
    expect(readFrame(nested(DEEPEST_FRAME + 1, "[", "]"))).toMatchObject({ ok: false });
  });

  test("brackets in a text do not count, escaped quotes and backslashes included", () => {
    const names = ["[".repeat(50), '"[[[[[[[[[[', "\\", '\\"{{{{{{{{{{{', "}}}"];
    const frame: Frame = { op: "start", names };
    expect(readFrame(JSON.stringify(frame))).toEqual({ ok: true, frame });
  });

  test("siblings do not add up", () => {
    expect(readFrame(`{"op":"start","names":[],"more":[${"[],".repeat(100)}[]]}`)).toMatchObject({ ok: true });
  });
});

test("any line gets an answer and never a throw", () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ op: fc.constantFrom("status", "wait", "report", "hello", "x"), apps: fc.jsonValue() })
      .map((one) => JSON.stringify(one)),
  );
  fc.assert(
    fc.property(line, (one) => {
      const read = readFrame(one);
      expect(read.ok ? typeof read.frame.op : read.error).toMatch(/^(?:string$|malformed request: )/);
    }),
    { numRuns: 1_000 },
  );
});
