import { expect, test } from "vitest";
import type { SessionRecord } from "../../../src/model/session-record.ts";
import type { ProcessInfo } from "../../../src/model/process.ts";
import { ownership } from "../../../src/model/ownership.ts";
import { app, identity, info, record } from "../teardown/sample.ts";

const machinery = [info(1, 0), info(10, 2), info(20, 1), info(21, 20), info(22, 20)];

function owned(
  all: ProcessInfo[],
  more: Partial<SessionRecord> = {},
  marked: number[] = [],
): Record<number, string | null> {
  const found = ownership({ all: [...machinery, ...all], marked: new Set(marked) }, record(more), 10);
  return Object.fromEntries(found.map((one) => [one.process.pid, one.app]));
}

test("descendants of the daemon and of the shim, each with its app", () => {
  const all = [info(30, 22), info(31, 30), info(40, 20)];
  expect(owned(all, { apps: [app("backend", [30])] })).toEqual({ 30: "backend", 31: "backend", 40: null });
});

test("what carries the mark, wherever its parents lead", () => {
  expect(owned([info(50, 1), info(51, 1)], {}, [50])).toEqual({ 50: null });
});

test("what was recorded, and its children, when nothing else leads to it", () => {
  const gone = { shim: null, sentinel: null, daemon: null };
  expect(owned([info(60, 1), info(61, 60)], { ...gone, apps: [app("web", [60])] })).toEqual({ 60: "web", 61: "web" });
});

test("a recycled pid is not what was recorded", () => {
  const recycled = info(60, 1, { startTime: "999" });
  expect(owned([recycled, info(61, 60)], { apps: [app("web", [60])] })).toEqual({});
  const daemon = [info(70, 1, { startTime: "5" }), info(71, 70)];
  const found = owned(daemon, { shim: null, sentinel: null, daemon: identity(70) });
  expect(Object.keys(found)).not.toContain("71");
});

test("a record of another boot owns nothing", () => {
  const apps = [app("web", [], { pids: [{ ...identity(60), bootId: "before" }] })];
  expect(owned([info(60, 1)], { apps })).toEqual({});
});

test("not the engine, the guardian, the daemon, ourselves, process 1, or what is defunct", () => {
  expect(owned([info(30, 22, { state: "Z" })], {}, [1, 10, 20, 21, 22])).toEqual({});
});

test("children of the engine are ours only when marked: its docker commands are not", () => {
  expect(owned([info(80, 10), info(81, 10)], {}, [80])).toEqual({ 80: null });
});

test("a Compose command that runs, with what it started", () => {
  const all = [info(80, 10), info(81, 80), info(82, 10)];
  expect(owned(all, { commands: [identity(80)] })).toEqual({ 80: null, 81: null });
  expect(owned(all, { commands: [identity(80, "999")] })).toEqual({});
});

test("what PM2 can reach is told from what got away", () => {
  const found = ownership(
    { all: [...machinery, info(30, 22), info(40, 20)], marked: new Set() },
    record({ apps: [app("a", [30])] }),
    10,
  );
  expect(found.map((one) => [one.process.pid, one.underDaemon])).toEqual([
    [30, true],
    [40, false],
  ]);
});

test("descent from itself, as a snapshot shows it where a pid was reused meanwhile", () => {
  const all = [info(60, 62), info(61, 60), info(62, 61), info(63, 62)];
  expect(owned(all, { apps: [app("web", [60])] })).toEqual({ 60: "web", 61: "web", 62: "web", 63: "web" });
});

test("a process is looked at once, however many descend from it", () => {
  const line = Array.from({ length: 200 }, (_, at) => info(100 + at, 99 + at));
  let looks = 0;
  const first = app("web", [100]);
  const counted = {
    ...first,
    get pids() {
      return (looks++, first.pids);
    },
  };
  expect(Object.keys(owned(line, { apps: [counted] }))).toHaveLength(200);
  expect(looks).toBeLessThan(300);
});
