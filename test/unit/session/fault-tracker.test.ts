import { beforeEach, expect, test } from "vitest";
import { foldFaults } from "../../../src/errors/fold.ts";
import type { SessionEvent, Stamped } from "../../../src/model/events.ts";
import type { Fault } from "../../../src/model/fault.ts";
import type { App, Project } from "../../../src/model/project.ts";
import { FaultTracker } from "../../../src/session/faults/fault-tracker.ts";
import { createEventStream, type EventStream } from "../../../src/session/stream.ts";
import type { System } from "../../../src/system/system.ts";
import { virtualClock, type VirtualClock } from "../virtual-clock.ts";
import { crashed } from "./crashed.ts";

const app = (name: string, more: Partial<App> = {}): App =>
  ({ name, cwd: "/p", venv: null, toolchain: "python", envFiles: [], dependsOn: { services: [] }, ...more }) as App;

const project = {
  root: "/p",
  configFile: "/p/ecosystem.config.ts",
  apps: [
    app("backend", { dependsOn: { apps: [], services: ["postgres"], tasks: [] } }),
    app("web", { toolchain: "node" }),
  ],
  tasks: [app("migrate")],
} as unknown as Project;

/** When a file was saved, in milliseconds of the wall clock; and what is called when it is. */
let saves: Map<string, number>;
let clock: VirtualClock;
let watchers: Map<string, () => void>;
let texts: Map<string, string>;
let stream: EventStream;
let tracker: FaultTracker;
let stopping: AbortController;
let faults: readonly Fault[];
let events: Stamped[];
let rechecked: string[];

beforeEach(() => {
  clock = virtualClock();
  saves = new Map();
  watchers = new Map();
  texts = new Map();
  rechecked = [];
  faults = [];
  events = [];
  stopping = new AbortController();
  stream = createEventStream(clock);
  const files = {
    savedAt: (file: string) => Promise.resolve(saves.get(file) ?? 0),
    read: (file: string) => Promise.resolve(texts.get(file) ?? null),
    watch: (file: string, changed: () => void) => void watchers.set(file, changed),
  };
  tracker = new FaultTracker({ files, clock } as unknown as System, {
    stream,
    project: () => project,
    stopping: stopping.signal,
    recheck: (_, file) => Promise.resolve(void rechecked.push(file)),
    original: () => Promise.resolve(7),
  });
  stream.subscribe((event) => {
    events.push(event);
    faults = foldFaults(faults, event);
  });
});

const say = (name: string, ...lines: string[]): void => {
  for (const line of lines) stream.emit({ event: "log", app: name, stream: "err", line });
};
const traceback = (file: string, line: number, error: string): string[] => [
  "Traceback (most recent call last):",
  `  File "${file}", line ${line}, in f`,
  "    code()",
  error,
];
const now = async (): Promise<readonly Fault[]> => {
  await clock.run(tracker.settled());
  await clock.pass(0);
  return faults;
};
const save = (file: string): void => {
  saves.set(file, clock.now().getTime() + 1_000);
};
const crash = (excerpt: string[], name = "backend"): SessionEvent => crashed(name, { excerpt });

test("the same fault fifty times is one entry, with the newest words and both times", async () => {
  for (let n = 0; n < 50; n += 1) say("backend", ...traceback("routes.py", 41, `KeyError: ${n}`), "next");
  const [fault, ...others] = await now();
  expect(others).toEqual([]);
  expect(fault).toMatchObject({ app: "backend", kind: "python", file: "routes.py", line: 41, count: 50 });
  expect(fault).toMatchObject({ message: "KeyError: 49", frame: ["    code()"] });
  expect(fault!.first <= fault!.last).toBe(true);
  // a fault in a loop does not flood the readers
  expect(events.filter(({ event }) => event === "error.seen").length).toBeLessThan(5);
});

test("the newest fault is first", async () => {
  say("backend", ...traceback("a.py", 1, "ValueError: a"), ...traceback("b.py", 1, "ValueError: b"), "x");
  say("backend", ...traceback("a.py", 1, "ValueError: a"));
  expect((await now()).map(({ file, count }) => [file, count])).toEqual([
    ["a.py", 2],
    ["b.py", 1],
  ]);
});

test("a save right after it mends it, although the kernel's clock for files is behind", async () => {
  saves.set("/p/routes.py", clock.now().getTime() - 1_000);
  say("backend", ...traceback("routes.py", 4, "ValueError: a"));
  expect(await now()).toHaveLength(1);
  saves.set("/p/routes.py", clock.now().getTime() - 3);
  expect(await now()).toEqual([]);
  // seen once more after that save
  say("backend", ...traceback("routes.py", 4, "ValueError: a"));
  expect(await now()).toHaveLength(1);
  expect(await now()).toHaveLength(1);
});

test("a save of its file, or of another in its traceback, mends it; a save before it was seen does not", async () => {
  saves.set("/p/routes.py", clock.now().getTime() - 1_000);
  say("backend", "Traceback (most recent call last):", '  File "outer.py", line 1, in f', "    x()");
  say("backend", '  File "routes.py", line 4, in g', "    y()", "ValueError: a");
  expect(await now()).toHaveLength(1);
  save("/p/outer.py");
  expect(await now()).toEqual([]);
  expect(events.at(-1)).toMatchObject({ event: "error.gone", why: "its file was saved" });
  saves.clear();
  say("backend", ...traceback("routes.py", 4, "ValueError: a"));
  expect((await now()).map(({ count }) => count)).toEqual([1]);
});

test("the watch of its file is enough, without anybody asking", async () => {
  say("backend", ...traceback("routes.py", 4, "ValueError: a"));
  await now();
  save("/p/routes.py");
  watchers.get("/p/routes.py")?.();
  await clock.pass(5);
  expect(faults).toEqual([]);
});

test("a crash and the lines that it printed are one entry, whichever comes first", async () => {
  const lines = traceback("routes.py", 4, "ImportError: no");
  say("backend", ...lines);
  stream.emit(crash(lines));
  expect((await now()).map(({ count, message }) => [count, message])).toEqual([[1, "ImportError: no"]]);
  faults = [];
  stream.emit(crash(traceback("other.py", 4, "ImportError: other")));
  say("backend", ...traceback("other.py", 4, "ImportError: other"));
  expect((await now()).map(({ count }) => count)).toEqual([1]);
});

test("what keeps an app from running is mended when it runs, not when a file is saved", async () => {
  const lines = traceback("routes.py", 4, "ImportError: no");
  say("backend", ...lines);
  stream.emit(crash(lines));
  await now();
  save("/p/routes.py");
  expect(await now()).toHaveLength(1);
  stream.emit({ event: "app.ready", app: "web", url: null, ms: 1 });
  expect(await now()).toHaveLength(1);
  stream.emit({ event: "app.ready", app: "backend", url: null, ms: 1 });
  expect(await now()).toEqual([]);
});

test("another reason why an app does not run takes the place of the last", async () => {
  stream.emit(crash(traceback("a.py", 4, "ImportError: a")));
  await now();
  stream.emit(crash(traceback("b.py", 4, "ImportError: b")));
  expect((await now()).map(({ file }) => file)).toEqual(["b.py"]);
});

test("a crash that a save has mended before it was looked at is no fault", async () => {
  for (const lines of [[], traceback("api/a.py", 3, "ImportError: a")]) {
    say("backend", ...lines);
    stream.emit(crash(traceback("api/a.py", 3, "ImportError: a")));
    await clock.pass(5);
    stream.emit({ event: "app.reloaded", app: "backend", file: "a.py", savedAt: "", ms: 1, how: "warm", ok: true });
    expect(await now()).toEqual([]);
  }
});

test("a crash that ends the session is a fault of it; what is printed while it ends is none", async () => {
  stream.emit(crash(["Error: Cannot find module 'vite'"], "web"));
  // whoever ends it may have heard of the crash before the tracker
  stopping.abort();
  stream.emit(crash(["fatal: no space left"]));
  stream.emit({ event: "session.stopping", reason: "failed" });
  stream.emit({ event: "app.stopped", app: "web" });
  say("backend", ...traceback("routes.py", 4, "KeyboardInterrupt"), "x");
  stream.emit(crash(["Terminated"]));
  expect((await now()).map(({ app: name, message }) => `${name} ${message}`)).toEqual([
    "backend fatal: no space left",
    "web Error: Cannot find module 'vite'",
  ]);
});

test("a crash without a traceback says what it printed last, or how it ended", async () => {
  stream.emit(crash(["listening", "fatal: no space left"]));
  stream.emit(crash([], "web"));
  expect((await now()).map(({ app: name, kind, message }) => `${name} ${kind} ${message}`)).toEqual([
    "web frontend it exited with code 1",
    "backend python fatal: no space left",
  ]);
});

test("a crash by SIGKILL, as where memory runs out, is no matter of what was printed last", async () => {
  stream.emit({ ...crash(["Press CTRL+C to quit"]), exitCode: null, signal: "SIGKILL" } as SessionEvent);
  expect(await now()).toMatchObject([{ message: "it was ended by SIGKILL" }]);
});

test("a crash of Node says its error, not the version that it prints last", async () => {
  const stack = ["    at run_main_module:28:49 {", "  code: 'MODULE_NOT_FOUND',", "}", "", "Node.js v20.20.2"];
  stream.emit(crash(["Error: Cannot find module 'vite'", ...stack], "web"));
  stream.emit(crash(["TypeError [ERR_X]: no", "    at a.js:1:2", "Node.js v22.1.0"], "migrate"));
  expect((await now()).map(({ message }) => message)).toEqual([
    "TypeError [ERR_X]: no",
    "Error: Cannot find module 'vite'",
  ]);
});

const BROKEN = ["[vite] Internal server error: Unexpected token", "  Plugin: vite:oxc", "  File: /p/src/App.jsx:3:4"];

test("a front end's file that was saved is looked at again", async () => {
  say("web", ...BROKEN);
  expect(await now()).toMatchObject([{ kind: "frontend", file: "src/App.jsx", line: 3 }]);
  save("/p/src/App.jsx");
  expect(await now()).toEqual([]);
  expect(rechecked).toEqual(["/p/src/App.jsx"]);
});

test("two reports of one broken file are one entry", async () => {
  say("web", ...BROKEN, "[vite] (client) Pre-transform error: Other words", "  File: /p/src/App.jsx:3:4");
  expect((await now()).map(({ count }) => count)).toEqual([2]);
});

test("a position in a page's module becomes the line of the file", async () => {
  say("web", "[Unhandled error] Error: x", " > f src/a.ts?t=123:2:3");
  expect(await now()).toMatchObject([{ kind: "browser", file: "src/a.ts", line: 7 }]);
});

test("what a container reports is mended when a client starts again, or runs with code that names it", async () => {
  const found = { kind: "container", message: 'FATAL: role "ghost" does not exist', places: [], frames: [] } as const;
  const report = (): void =>
    tracker.container(
      "postgres",
      { ...found, places: [], frames: [] },
      { file: "/p/compose.yml", line: 3 },
      clock.now().toISOString(),
    );
  const reloaded = (file: string): SessionEvent => ({
    event: "app.reloaded",
    app: "backend",
    file,
    savedAt: "",
    ms: 1,
    how: "warm",
    ok: true,
  });
  report();
  expect(await now()).toMatchObject([{ app: "postgres", file: "compose.yml", line: 3 }]);
  stream.emit({ event: "app.starting", app: "web", port: null });
  texts.set("/p/db.py", 'connect(user="ghost")').set("/p/routes.py", "pass");
  stream.emit(reloaded("routes.py"));
  expect(await now()).toHaveLength(1);
  stream.emit(reloaded("db.py"));
  await clock.pass(0);
  expect(await now()).toEqual([]);
  report();
  expect(await now()).toHaveLength(1);
  stream.emit({ event: "app.starting", app: "backend", port: null });
  expect(await now()).toEqual([]);
  report();
  save("/p/ecosystem.config.ts");
  expect(await now()).toEqual([]);
});

test("devpm's own errors: of the configuration until it is saved, of an app until it is ready", async () => {
  const diagnostic = { severity: "error" as const, evidence: [], fixes: [] };
  stream.emit({
    event: "diagnostic",
    code: "DEVPM_CONFIG_INVALID",
    summary: "the config has 1 problem",
    ...diagnostic,
  });
  stream.emit({ event: "app.failed", app: "backend", reason: "not ready after 30000 ms" });
  // these follow from something else
  stream.emit({ event: "app.failed", app: "web", reason: "it waits for postgres", service: "postgres" });
  stream.emit({ event: "diagnostic", code: "DEVPM_APP_NOT_READY", summary: "w", ...diagnostic, severity: "warning" });
  expect((await now()).map(({ app: name, kind, file }) => [name, kind, file])).toEqual([
    ["backend", "devpm", null],
    ["devpm", "devpm", "ecosystem.config.ts"],
  ]);
  save("/p/ecosystem.config.ts");
  stream.emit({ event: "app.ready", app: "backend", url: null, ms: 1 });
  expect(await now()).toEqual([]);
});

test("a task that failed, until it is done", async () => {
  const failed = { severity: "error" as const, summary: "migrate failed", evidence: [], fixes: [] };
  stream.emit({
    event: "diagnostic",
    code: "DEVPM_TASK_FAILED",
    ...failed,
    app: "migrate",
    excerpt: traceback("m.py", 2, "ValueError: m"),
  });
  expect(await now()).toMatchObject([{ app: "migrate", file: "m.py", line: 2 }]);
  stream.emit({ event: "task.finished", task: "migrate", ok: true, exitCode: 0, ms: 1 });
  expect(await now()).toEqual([]);
});

test("a thousand different faults are bounded", async () => {
  for (let line = 1; line <= 1_000; line += 1) say("backend", ...traceback("a.py", line, "ValueError: x"), "next");
  expect((await now()).length).toBeLessThanOrEqual(200);
});
