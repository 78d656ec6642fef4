import { Chalk } from "chalk";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { footerLines, type Footing } from "../../../src/live/footer.ts";
import { stateAfter, nothingYet, type LiveState } from "../../../src/live/state.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import { displayWidth } from "../../../src/util/text.ts";
import { crashed } from "../session/crashed.ts";
import { at, plain, stamp } from "../ui/fake.ts";

const starting: SessionEvent = {
  event: "session.starting",
  project: "market",
  root: "/home/ana/market",
  namespace: "devpm-market",
  session: "s1",
  apps: ["backend", "web", "worker"],
  off: ["worker"],
};
const service = { container: "c", exitCode: null, drift: false, reason: null, ports: [] };
const ready: SessionEvent[] = [
  starting,
  { event: "infra.checked", ms: 3, services: [{ service: "postgres", state: "healthy", ...service }] },
  { event: "app.ready", app: "backend", url: "http://localhost:5050", ms: 400 },
  { event: "app.ready", app: "web", url: "http://localhost:5173", ms: 600 },
  { event: "session.ready", ms: 700 },
];
const crash = crashed("worker", { reloads: false });

const after = (...events: SessionEvent[]): LiveState =>
  events.reduce((state, event) => stateAfter(state, stamp(event)), nothingYet("project"));

const footing = (state: LiveState, more: Partial<Footing> = {}): Footing => ({
  state,
  branch: "main",
  view: "",
  prompt: null,
  now: new Date(at),
  ...more,
});

const first = (state: LiveState, columns = 100, more: Partial<Footing> = {}): string =>
  footerLines(footing(state, more), columns, plain)[0] ?? "";

describe("the first line", () => {
  it("shows where an app waits at a prompt, until it goes on", () => {
    const asks: SessionEvent = { event: "app.prompt", app: "backend", text: "(Pdb) ", file: "web/cart.py", line: 12 };
    expect(first(after(...ready, asks))).toMatch(/^ backend \? web\/cart\.py:12 {3}web ● /);
    expect(first(after(...ready, asks, { event: "app.resumed", app: "backend" }))).toMatch(/^ backend ● :5050 /);
  });

  it("shows a service that is not as it should be, and in which state it is", () => {
    const gone = (reason: string | null): SessionEvent => ({
      event: "infra.changed",
      services: [{ service: "postgres", state: "missing", ...service, reason }],
    });
    expect(first(after(...ready, gone("its container is gone")))).toContain("postgres ✖ missing ");
    expect(first(after(...ready, gone(null)))).toContain("postgres ○ ");
  });

  it("has every app and service with its sign, its port or its last reload, and the project's branch", () => {
    const text = first(after(...ready));
    expect(text).toMatch(/^ backend ● :5050 {3}web ● :5173 {3}worker ○ {3}postgres ● +market \(main\)$/);
    expect(displayWidth(text)).toBe(99);
    const reloaded: SessionEvent = {
      event: "app.reloaded",
      app: "backend",
      file: "app.py",
      savedAt: at,
      ms: 23.4,
      how: "warm",
      ok: true,
    };
    expect(first(after(...ready, reloaded))).toContain("backend ● 23 ms   web");
    expect(first(after(...ready), 100, { branch: null })).toMatch(/ market$/);
  });

  it("says since when an app is broken, and how many errors there are", () => {
    const fault = { id: "1", app: "worker", kind: "python", message: "boom", file: null, line: null } as const;
    const seen: SessionEvent = { event: "error.seen", ...fault, count: 1, first: at, last: at, frame: [] };
    const text = first(after(...ready, crash, seen));
    expect(text).toMatch(/worker ✖ \d\d:\d\d {3}postgres/);
    expect(text).toContain("1 error · market (main)");
    expect(first(after(...ready, seen, { event: "error.gone", id: "1", why: "mended" }))).not.toContain("error");
  });

  it("shows what is under way with its seconds, a download with a bar", () => {
    const later = new Date(Date.parse(at) + 12_400);
    const pull: SessionEvent = { event: "infra.progress", service: "kafka", detail: "pulling, 12 of 40 MB" };
    expect(first(after(starting, pull), 100, { now: later })).toContain("kafka ◌ ▰▰▰▱▱▱▱▱▱▱ 12/40 MB 12 s");
    const install: SessionEvent = { event: "setup.started", app: "web", step: "npm ci" };
    expect(first(after(starting, install), 100, { now: later })).toContain("web ◌ npm ci 12 s");
    const done: SessionEvent = { event: "setup.finished", app: "web", step: "npm ci", ms: 1, ok: true, exitCode: 0 };
    expect(first(after(starting, install, done), 100, { now: later })).toContain("web ◌   worker");
    const task: SessionEvent = { event: "task.started", task: "migrate", pid: 1, reason: "first run" };
    const tasks = after({ ...starting, tasks: ["migrate"] }, task);
    expect(first(tasks, 100, { now: later })).toContain("migrate ◌ runs 12 s");
    const finished: SessionEvent = { event: "task.finished", task: "migrate", ok: false, exitCode: 1, ms: 5 };
    const failed = stateAfter(tasks, stamp(finished));
    expect(first(failed)).toContain("migrate ✖");
  });

  it("leaves out what is well first, and keeps what is broken", () => {
    const state = after(...ready, crash);
    expect(first(state, 70)).toMatch(/^ backend ● {3}web ● {3}worker ✖ \d\d:\d\d {3}postgres ● +market \(main\)$/);
    expect(footerLines(footing(state), 40, plain)).toEqual([
      expect.stringMatching(/^ ● 3 {3}worker ✖ \d\d:\d\d +market \(main\)$/),
    ]);
  });
});

describe("the second line", () => {
  const second = (columns: number, more: Partial<Footing> = {}): string =>
    footerLines(footing(after(...ready), more), columns, plain)[1] ?? "";

  it("has the keys, as many as there is room for", () => {
    expect(second(120)).toBe(
      " 1-9 one app   0 all   / filter   e errors   r restart   o open   i input   d detach   h help   q quit",
    );
    expect(second(60)).toMatch(/^ 1-9 one app.* h help$/);
  });

  it("has what is typed instead, the end of it where it is long", () => {
    const prompt = { question: "/", typed: "needle", hint: "Enter searches" };
    expect(second(80, { prompt })).toBe(" / needle    Enter searches");
    expect(second(70, { prompt: { ...prompt, typed: "x".repeat(200) } })).toMatch(/^ \/ x{60,66} $/);
  });

  it("shows the end of a page that was pasted, and looks at no more of it", () => {
    const page = `${"x".repeat(20_000)} 漢字👩‍👩‍👧!`;
    // it is drawn for each character: where the whole page was looked at, this test ran out of time
    for (let typed = 0; typed < 20; typed++) {
      const prompt = { question: "/", typed: page, hint: "" };
      expect(second(70, { prompt })).toMatch(/^ \/ x+ 漢字👩‍👩‍👧! $/);
    }
  });

  it("says how the view differs, in one line where the terminal is narrow", () => {
    expect(second(80, { view: "only web: 0 shows all" })).toMatch(/^ only web: 0 shows all {3}1-9 one app/);
    expect(footerLines(footing(after(...ready), { view: "only web: 0 shows all" }), 40, plain)).toEqual([
      " only web: 0 shows all   h help",
    ]);
  });
});

it("no line is as wide as the terminal, or moves its cursor, whatever the names are", () => {
  const letter = fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 });
  const unit = fc.oneof({ weight: 9, arbitrary: letter }, fc.constantFrom("\u001B[2J", "\u001B]0;", "\u0007", "\r"));
  const names = fc.array(fc.string({ unit, minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(names, fc.integer({ min: 10, max: 200 }), fc.string({ unit }), (apps, columns, typed) => {
      const state = after({ ...starting, apps, off: [], project: typed });
      for (const prompt of [null, { question: typed, typed, hint: typed }]) {
        const lines = footerLines(
          footing(state, { prompt, branch: typed, view: typed }),
          columns,
          new Chalk({ level: 1 }),
        );
        expect(lines).toHaveLength(columns < 60 ? 1 : 2);
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThan(columns);
          // oxlint-disable-next-line no-control-regex
          expect(line.replaceAll(/\u001B\[\d+m/g, "")).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
        }
      }
    }),
  );
});
