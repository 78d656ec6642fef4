import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHistory, type HistoryQuery } from "../../../src/logs/history.ts";
import { lastSave, readPast } from "../../../src/logs/past.ts";
import { openLogStore, type LogStore } from "../../../src/logs/store.ts";
import { segmentsOf } from "../../../src/logs/segments.ts";
import { clock as realClock, type Clock } from "../../../src/system/clock.ts";
import { logFiles } from "../../../src/system/logs/log-files.ts";

let folder: string;
let notices: string[];
const open: LogStore[] = [];

beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), "devpm-logs-")), "logs");
  notices = [];
});
afterEach(() => {
  for (const opened of open.splice(0)) opened.close();
  rmSync(path.dirname(folder), { recursive: true, force: true });
});

/** A clock that stands still until it is set. */
function clockAt(iso: string): Clock & { set(iso: string): void } {
  let now = new Date(iso);
  return { ...realClock, now: () => now, set: (next) => void (now = new Date(next)) };
}

function store(clock: Clock = realClock, capBytes?: number): LogStore {
  const opened = openLogStore({ logFiles, clock }, folder, {
    notify: (notice) => notices.push(notice),
    ...(capBytes === undefined ? {} : { capBytes }),
  });
  open.push(opened);
  return opened;
}

function lines(query: Partial<HistoryQuery> & { apps: string[] }): string[] {
  const { records } = readHistory(logFiles, folder, {
    limit: 100,
    since: null,
    accept: () => true,
    filtered: false,
    inOrder: false,
    ...query,
  });
  return [...records].map(({ app, line }) => `${app} ${line}`);
}

const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const count = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

describe("the log store", () => {
  it("has a line in its file a tick later, or at once when flushed", async () => {
    const logs = store();
    logs.append("backend", "out", "one");
    expect(lines({ apps: ["backend"] })).toEqual([]);
    await nextTick();
    expect(lines({ apps: ["backend"] })).toEqual(["backend one"]);
    logs.append("backend", "err", "two");
    logs.flush();
    expect(lines({ apps: ["backend"] })).toEqual(["backend one", "backend two"]);
    expect(statSync(path.join(folder, "backend.jsonl")).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it("gives back the last lines of several apps in the order in which they came", () => {
    const logs = store(clockAt("2026-01-31T12:00:00Z"));
    for (let n = 0; n < 5_000; n++) logs.append(n % 3 === 0 ? "web" : "backend", "out", `${n} ${"ü🙂".repeat(20)}`);
    logs.close();
    const all = count(0, 4_999).map((n) => `${Number(n) % 3 === 0 ? "web" : "backend"} ${n} ${"ü🙂".repeat(20)}`);
    expect(lines({ apps: ["backend", "web"], limit: 3_000 })).toEqual(all.slice(-3_000));
    expect(lines({ apps: ["backend", "web"], limit: null })).toEqual(all);
    expect(lines({ apps: ["backend", "web"], limit: 3_000, inOrder: true })).toEqual(all.slice(-3_000));
    expect(lines({ apps: ["web"], limit: 2 })).toEqual(all.filter((line) => line.startsWith("web")).slice(-2));
    expect(lines({ apps: ["backend"], limit: 0 })).toEqual([]);
    expect(lines({ apps: ["nobody"] })).toEqual([]);
  });

  it("gives back lines that came together like lines that came alone, among those of other apps", () => {
    const clock = clockAt("2026-01-31T12:00:00Z");
    const logs = store(clock, 100_000);
    const all: string[] = [];
    for (let n = 0; n < 600; n += 3) {
      clock.set(new Date(Date.parse("2026-01-31T12:00:00Z") + n * 1_000).toISOString());
      logs.append("web", "err", `${n}`);
      const text = `${n + 1} say "hi"\t\\n\n${n + 2} ${"x".repeat(n)}`;
      const batch = logs.appendBatch({ app: "backend", stream: "out", text, count: 2, escapes: true });
      expect(batch.n).toBe(n + 2);
      logs.flush();
      all.push(`web ${n}`, ...text.split("\n").map((line) => `backend ${line}`));
    }
    const plain = logs.appendBatch({ app: "web", stream: "out", text: "a\n\nb", count: 3, escapes: false });
    expect(logs.append("web", "out", "c").n).toBe(plain.n + 3);
    all.push("web a", "web ", "web b", "web c");
    logs.close();
    const kept = lines({ apps: ["backend", "web"], limit: null });
    expect(kept.length).toBeGreaterThan(300);
    expect(kept.filter((line) => line.startsWith("web"))).toEqual(all.filter((line) => line.startsWith("web")));
    for (const limit of [1, 2, 3, 4, 5, 100]) {
      expect(lines({ apps: ["backend", "web"], limit })).toEqual(all.slice(-limit));
      expect(lines({ apps: ["backend", "web"], limit, inOrder: true })).toEqual(all.slice(-limit));
    }
    const since = new Date(Date.parse("2026-01-31T12:00:00Z") + 300_000).toISOString();
    expect(lines({ apps: ["backend", "web"], limit: null, since })).toEqual(all.slice(300));
    // the next session goes on behind the last of them
    expect(store().append("web", "out", "next").n).toBe(plain.n + 4);
  });

  it("tells the newest number it saw of each app, also where no line is asked for", () => {
    const logs = store();
    logs.append("web", "out", "a");
    const last = logs.append("backend", "out", "b");
    logs.close();
    for (const query of [{ limit: 0 }, { limit: 5 }, { limit: null }, { limit: 5, inOrder: true }]) {
      const history = readHistory(logFiles, folder, {
        apps: ["backend"],
        since: null,
        accept: () => false,
        filtered: true,
        inOrder: false,
        ...query,
      });
      expect([...history.records]).toEqual([]);
      expect([...history.last]).toEqual([["backend", last.n]]);
    }
  });

  it("stays below its cap and drops the oldest lines only", async () => {
    const logs = store(realClock, 40_000);
    for (let n = 1; n <= 2_000; n++) {
      logs.append("backend", "out", `${n}`);
      if (n % 50 === 0) await nextTick();
    }
    logs.close();
    const { current, previous } = segmentsOf(folder, "backend");
    expect(statSync(current).size + statSync(previous).size).toBeLessThanOrEqual(40_000);
    const kept = lines({ apps: ["backend"], limit: null });
    expect(kept.length).toBeGreaterThan(200);
    expect(kept).toEqual(count(2_001 - kept.length, 2_000).map((n) => `backend ${n}`));
    expect(lines({ apps: ["backend"], limit: 200 })).toEqual(kept.slice(-200));
  });

  it("finds a moment by searching, in both files, without reading what is older", () => {
    const clock = clockAt("2026-01-31T12:00:00Z");
    const logs = store(clock, 200_000);
    const start = Date.parse("2026-01-31T12:00:00Z");
    for (let n = 1; n <= 1_500; n++) {
      clock.set(new Date(start + n * 1_000).toISOString());
      logs.append("backend", "out", `${n}`);
      logs.flush();
    }
    for (const from of [400, 700, 1_000, 1_499, 1_500]) {
      const since = new Date(start + from * 1_000).toISOString();
      expect(lines({ apps: ["backend"], limit: null, since })).toEqual(count(from, 1_500).map((n) => `backend ${n}`));
      expect(lines({ apps: ["backend"], limit: 10_000, since })).toHaveLength(1_501 - from);
    }
    const later = new Date(start + 2_000_000).toISOString();
    expect(lines({ apps: ["backend"], limit: null, since: later })).toEqual([]);
  });

  it("keeps numbers growing over sessions, whatever the clock does", () => {
    const first = store(clockAt("2026-01-31T12:00:00Z"));
    const last = first.append("backend", "out", "old");
    first.close();
    const second = store(clockAt("2020-01-01T00:00:00Z"));
    expect(second.append("web", "out", "new").n).toBeGreaterThan(last.n);
    second.close();
    expect(lines({ apps: ["backend", "web"] })).toEqual(["backend old", "web new"]);
  });

  it("gives no line the number of a request of an earlier session", () => {
    const request = { method: "GET", path: '/?q={"n":9,', route: null, status: 200, began: 1e12, ms: 1 };
    const first = store();
    expect(first.append("api", "out", "it listens").n).toBe(1);
    first.answered("api", [request, request]);
    expect(first.measured()).toBe(2);
    first.close();
    expect(store().append("api", "out", "it listens again").n).toBe(4);
  });

  it("goes on where its folder is removed, and says nothing where nothing was lost", () => {
    const logs = store();
    logs.append("backend", "out", "gone");
    logs.flush();
    rmSync(folder, { recursive: true });
    logs.append("backend", "out", "kept");
    logs.flush();
    expect(lines({ apps: ["backend"] })).toEqual(["backend kept"]);
    expect(notices).toEqual([]);
  });

  it.runIf(process.platform === "linux")(
    "says once that the disk is full, goes on, and catches up when it is not",
    async () => {
      mkdirSync(folder, { recursive: true });
      const file = segmentsOf(folder, "backend").current;
      symlinkSync("/dev/full", file);
      const logs = store();
      for (let n = 1; n <= 50; n++) {
        logs.append("backend", "out", `${n}`);
        await nextTick();
      }
      expect(notices).toEqual([`logs cannot be kept in ${folder}: ENOSPC; they are shown here only`]);
      rmSync(file);
      logs.append("backend", "out", "51");
      logs.close();
      expect(lines({ apps: ["backend"] })).toEqual(count(1, 51).map((n) => `backend ${n}`));
      expect(notices.slice(1)).toEqual(["logs are kept again"]);
    },
  );

  it.runIf(process.platform === "linux")(
    "holds only so much while the disk is full, and says how much was lost",
    async () => {
      mkdirSync(folder, { recursive: true });
      const file = segmentsOf(folder, "backend").current;
      symlinkSync("/dev/full", file);
      const logs = store();
      for (let n = 1; n <= 3_000; n++) logs.append("backend", "out", `${n} ${"x".repeat(1_000)}`);
      rmSync(file);
      logs.close();
      const kept = lines({ apps: ["backend"], limit: null });
      const lost = 3_000 - kept.length;
      expect(lost).toBeGreaterThan(1_000);
      expect(kept.at(0)?.startsWith(`backend ${lost + 1} `)).toBe(true);
      expect(notices.at(-1)).toBe(`logs are kept again; ${lost} lines were not`);
    },
  );

  it.runIf(process.platform === "linux")("counts each line that was lost, also of those that came together", () => {
    mkdirSync(folder, { recursive: true });
    const file = segmentsOf(folder, "backend").current;
    symlinkSync("/dev/full", file);
    const logs = store();
    for (let n = 0; n < 3_000; n += 3) {
      const text = `${n} ${"x".repeat(3_000)}\n${n + 1} C:\\new \\\\n\n${n + 2} "\\`;
      logs.appendBatch({ app: "backend", stream: "out", text, count: 3, escapes: true });
    }
    rmSync(file);
    logs.close();
    const kept = lines({ apps: ["backend"], limit: null });
    expect(kept.length).toBeGreaterThan(100);
    expect(notices.at(-1)).toBe(`logs are kept again; ${3_000 - kept.length} lines were not`);
  });

  it("reads past what is no record", () => {
    const logs = store();
    logs.append("backend", "out", "one");
    logs.flush();
    appendFileSync(path.join(folder, "backend.jsonl"), '{"at":"2026-01-31T12:00\n\nhello\n');
    logs.append("backend", "out", "two");
    logs.flush();
    expect(lines({ apps: ["backend"] })).toEqual(["backend one", "backend two"]);
    expect(lines({ apps: ["backend"], limit: null })).toEqual(["backend one", "backend two"]);
  });

  it("remembers apps, services and saves beyond the session", () => {
    const logs = store();
    const at = "2026-01-31T12:00:00.000Z";
    const save = (app: string, savedAt: string) =>
      logs.note({ event: "app.reloading", at, app, file: "a.py", savedAt, how: "warm" });
    logs.note({
      event: "session.starting",
      at,
      project: "market",
      root: "/x",
      namespace: "ns",
      session: "s",
      apps: ["backend", "web"],
    });
    const postgres = {
      service: "postgres",
      state: "healthy",
      exitCode: null,
      drift: false,
      reason: null,
      ports: [],
    } as const;
    logs.note({ event: "infra.checked", at, ms: 1, services: [{ ...postgres, ports: [], container: "m-postgres-1" }] });
    save("backend", "2026-01-31T12:00:01.000Z");
    save("backend", "2026-01-31T12:00:02.000Z");
    save("web", "2026-01-31T12:00:03.000Z");
    logs.append("worker", "out", "hi");
    logs.close();
    expect(readPast(logFiles, folder)).toEqual({
      project: "market",
      namespace: "ns",
      apps: ["backend", "web", "worker"],
      tasks: [],
      groups: {},
      services: new Map([["postgres", "m-postgres-1"]]),
      interrupted: "s",
      broken: null,
    });
    expect(lastSave(logFiles, folder, [])).toBe("2026-01-31T12:00:03.000Z");
    expect(lastSave(logFiles, folder, ["backend"])).toBe("2026-01-31T12:00:02.000Z");
    expect(lastSave(logFiles, folder, ["worker"])).toBeNull();
    expect(readdirSync(folder).toSorted()).toEqual(["@session.jsonl", "worker.jsonl"]);
  });
});
