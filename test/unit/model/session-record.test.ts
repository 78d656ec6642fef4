import { describe, expect, test } from "vitest";
import { engineOfOtherVersion, parseRecord, type SessionRecord } from "../../../src/model/session-record.ts";

const identity = (pid: number) => ({ pid, startTime: String(pid * 100), bootId: "boot" });

const RECORD: SessionRecord = {
  version: 1,
  id: "s-1.a_b",
  project: "market",
  root: "/home/ana/market",
  namespace: "devpm-market",
  engine: identity(10),
  sentinel: identity(11),
  shim: null,
  daemon: identity(12),
  apps: [{ name: "backend", pmId: 0, pids: [identity(20)], ports: [5050], graceMs: 3_000 }],
  startedAt: "2026-01-31T12:00:00.000Z",
  detached: true,
  state: "ready",
  pm2Home: "/state/pm2",
  socket: "/state/engine.sock",
  secret: "abc",
  strays: [identity(30)],
  ports: [5050, 5173],
};

const without = (key: keyof SessionRecord): string => JSON.stringify({ ...RECORD, [key]: undefined });
const having = (over: Record<string, unknown>): string => JSON.stringify({ ...RECORD, ...over });

test("what the engine wrote is read as it was written", () => {
  expect(parseRecord(JSON.stringify(RECORD))).toEqual(RECORD);
});

test.each(["secret", "strays"] as const)("%s may be missing: an earlier devpm did not write it", (key) => {
  expect(parseRecord(without(key))).not.toBeNull();
});

test.each(Object.keys(RECORD).filter((key) => key !== "secret" && key !== "strays") as (keyof SessionRecord)[])(
  "without %s it is not acted on",
  (key) => {
    expect(parseRecord(without(key))).toBeNull();
  },
);

describe("not acted on, because a teardown would signal or remove the wrong thing", () => {
  test.each([
    ["pid 0, which is the caller's own group", { engine: identity(0) }],
    ["pid -1, which is everybody", { sentinel: identity(-1) }],
    ["half a pid", { daemon: { ...identity(1), pid: 1.5 } }],
    ["a pid as text", { shim: { ...identity(1), pid: "1" } }],
    ["no start time", { engine: { pid: 10, bootId: "boot" } }],
    ["no boot", { engine: { pid: 10, startTime: "1" } }],
    ["an id that leads out of the folder", { id: "../../etc" }],
    ["an id with a slash", { id: "a/b" }],
    ["an empty id", { id: "" }],
    ["a longer id than a file name", { id: "a".repeat(257) }],
    ["a port that is none", { ports: [0] }],
    ["a port out of range", { ports: [65_536] }],
    ["ports that are no list", { ports: 5050 }],
    ["a state of no session", { state: "asleep" }],
    ["an app without pids", { apps: [{ name: "a", pmId: 0, ports: [], graceMs: 1 }] }],
    ["an app with a hostile pid", { apps: [{ ...RECORD.apps[0], pids: [identity(0)] }] }],
    ["a negative grace", { apps: [{ ...RECORD.apps[0], graceMs: -1 }] }],
    ["an endless grace", { apps: [{ ...RECORD.apps[0], graceMs: null }] }],
    ["a stray that is no process", { strays: [{ pid: 1 }] }],
    ["text for a flag", { detached: "true" }],
    ["a secret as long as a file", { secret: "x".repeat(129) }],
  ])("%s", (_, over) => {
    expect(parseRecord(having(over))).toBeNull();
  });
});

test.each([
  ["nothing", ""],
  ["half a file, from a full disk", JSON.stringify(RECORD).slice(0, 200)],
  ["a list", "[]"],
  ["null", "null"],
  ["another program's JSON", '{"version":1,"name":"x"}'],
])("%s is no record", (_, text) => {
  expect(parseRecord(text)).toBeNull();
  expect(engineOfOtherVersion(text)).toBeNull();
});

test("the smallest and the largest values that a machine can have are read", () => {
  const [least, most] = [identity(1), identity(2 ** 31 - 1)];
  for (const state of ["starting", "ready", "degraded", "stopping"])
    expect(
      parseRecord(having({ state, id: "s", engine: least, daemon: most, ports: [1, 65_535] })),
      state,
    ).not.toBeNull();
  expect(
    parseRecord(having({ id: "s".repeat(256), apps: [{ ...RECORD.apps[0], pmId: null, graceMs: 0 }] })),
  ).not.toBeNull();
  expect(parseRecord(having({ engine: identity(2 ** 31) }))).toBeNull();
});

describe("a session of another version", () => {
  test.each([
    ["newer", 2],
    ["older", 0],
    ["text", "1"],
    ["missing", undefined],
  ])("is not read, but its engine is known (%s)", (_, version) => {
    expect(parseRecord(having({ version }))).toBeNull();
    expect(engineOfOtherVersion(having({ version }))).toEqual(RECORD.engine);
  });

  test("is not recognised in our own version, nor without a valid engine", () => {
    expect(engineOfOtherVersion(JSON.stringify(RECORD))).toBeNull();
    expect(engineOfOtherVersion(having({ version: 2, engine: { pid: 0 } }))).toBeNull();
    expect(engineOfOtherVersion(having({ version: 2, engine: undefined }))).toBeNull();
  });
});
