import { network } from "../../../src/system/network.ts";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createContext, type CommandContext } from "../../../src/commands/shared/context.ts";
import { logs, type LogsOptions } from "../../../src/commands/logs/run.ts";
import { status } from "../../../src/commands/status/run.ts";
import { wait } from "../../../src/commands/wait/run.ts";
import { restart } from "../../../src/commands/restart/run.ts";
import { list } from "../../../src/commands/list/run.ts";
import { explain } from "../../../src/commands/explain/run.ts";
import { completion } from "../../../src/commands/completion/run.ts";
import { openLogStore, type LogStore } from "../../../src/logs/store.ts";
import { instanceOf, type Instance } from "../../../src/model/instance.ts";
import type { Identity } from "../../../src/model/process.ts";
import type { SessionRecord } from "../../../src/model/session-record.ts";
import { receiver, type Receive, type Served } from "../../../src/session/control/requests.ts";
import type { Status } from "../../../src/model/status.ts";
import { createEventStream, type EventStream } from "../../../src/session/stream.ts";
import { clock } from "../../../src/system/clock.ts";
import { connectEngine } from "../../../src/system/engine/engine-client.ts";
import { serveEngine, type EngineServer } from "../../../src/system/engine/engine-server.ts";
import type { Environment } from "../../../src/system/environment.ts";
import { encodedText } from "../../../src/system/byte-queue.ts";
import { files } from "../../../src/system/files/files.ts";
import { logFiles } from "../../../src/system/logs/log-files.ts";
import { processes } from "../../../src/system/processes/processes.ts";
import { boundedPattern } from "../../../src/system/bounded-pattern.ts";
import type { Output } from "../../../src/system/terminal/terminal.ts";
import { record } from "../../unit/teardown/sample.ts";
import { silent } from "../../unit/ui/fake.ts";

let home: string;
let root: string;
let environment: Environment;
let instance: Instance;
let socket: string;
const closers: (() => unknown)[] = [];

beforeEach(() => {
  home = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-cmd-")));
  root = path.join(home, "my projects", "märket");
  mkdirSync(path.join(root, "web/deep"), { recursive: true });
  environment = {
    shell: { DEVPM_HOME: path.join(home, "state") },
    cwd: path.join(root, "web/deep"),
    home,
    uid: process.getuid?.() ?? 0,
    user: "ana",
    platform: process.platform,
    pid: process.pid,
    node: process.execPath,
  };
  instance = instanceOf(root, environment);
  socket = path.join(instance.folder, "engine.sock");
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  rmSync(home, { recursive: true, force: true });
});

interface Captured extends Output {
  text(): string;
  close(): void;
}

function captured(): Captured {
  let text = "";
  let closed = false;
  const listeners: (() => void)[] = [];
  return {
    isTTY: false,
    columns: 100,
    rows: 24,
    waiting: 0,
    pin: () => {},
    onResize: () => () => {},
    get closed() {
      return closed;
    },
    write: (more) => void (text += more),
    writeBytes: (more) => void (text += encodedText(more)),
    onClosed: (listener) => void listeners.push(listener),
    watchReader: () => {},
    flushed: () => new Promise((resolve) => setImmediate(resolve)),
    unblock: () => {},
    abandon: () => {},
    mute: () => {},
    text: () => text,
    close() {
      closed = true;
      for (const listener of listeners) listener();
    },
  };
}

function contextIn(cwd = environment.cwd, config?: string): { context: CommandContext; out: Captured; err: Captured } {
  const out = captured();
  const err = captured();
  const system = {
    environment: { ...environment, cwd },
    clock,
    files,
    logFiles,
    processes,
    connectEngine,
    mayAppear: true,
    browser: () => Promise.reject(new Error("not here")),
    startThread: () => Promise.reject(new Error("a thread was to be started")),
    network: async () => network,
    pattern: boundedPattern,
  };
  const flags = { color: true, verbose: false, ...(config === undefined ? {} : { config }) };
  return {
    context: createContext(system, { out, err, keys: silent }, flags, { program: () => "devpm", place: "" }),
    out,
    err,
  };
}

const asked = (over: Partial<LogsOptions> = {}): LogsOptions => ({
  apps: [],
  follow: false,
  json: false,
  containers: () => Promise.reject(new Error("no service was named")),
  ...over,
});

function openStore(): LogStore {
  const store = openLogStore({ logFiles, clock }, instance.logs, { notify: () => {} });
  closers.push(() => store.close());
  return store;
}

interface Engine {
  store: LogStore;
  stream: EventStream;
  server: EngineServer;
  log: (app: string, line: string) => void;
  answers: { restart: string | null; wait: string | null };
}

const SECRET = "known to both";

const self = (): Identity => processes.identify(process.pid)!;

/** The session file that an engine has written, and clients go by. */
function recordSession(more: Partial<SessionRecord> = {}): void {
  mkdirSync(path.dirname(instance.sessionFile), { recursive: true });
  writeFileSync(
    instance.sessionFile,
    JSON.stringify(record({ engine: self(), root, socket, secret: SECRET, ...more })),
  );
}

/** A real socket, and the session file that leads to it. */
function serveRecorded(receive: Receive): Promise<EngineServer> {
  mkdirSync(path.dirname(socket), { recursive: true });
  recordSession();
  return serveEngine({ path: socket, secret: SECRET, receive });
}

/** A real engine's socket, log files and event stream, without the processes. */
async function engine(statusNow: Partial<Status> = {}): Promise<Engine> {
  const store = openStore();
  const stream = createEventStream(clock);
  const answers: Engine["answers"] = { restart: null, wait: null };
  const none = { ended: [], leftovers: [], spared: [], portsFree: [], portsHeld: [], infraUp: [], ms: 0 };
  const app = (name: string): Status["apps"][number] => ({
    name,
    state: "ready",
    pid: 1,
    port: null,
    url: null,
    restarts: 0,
    reloads: 0,
    uptimeMs: 1,
    memoryBytes: null,
    cpuPercent: null,
    lastReload: null,
  });
  const server = await serveRecorded(
    receiver({
      id: "s1",
      status: () =>
        Promise.resolve({
          project: "märket",
          root,
          namespace: "ns",
          session: null,
          apps: [app("backend"), app("web")],
          infra: [],
          ...statusNow,
        }),
      subscribe: (listener) => stream.subscribe(listener),
      printedInto: () => {},
      printedBy: () => () => {},
      flushLogs: () => store.flush(),
      down: () => Promise.resolve(none),
      restart: () => Promise.resolve(answers.restart),
      wait: () => Promise.resolve(answers.wait),
      start: () => Promise.resolve({ error: null, diagnostics: [] }),
      stop: () => Promise.resolve({ error: "not here" }),
      join: () => Promise.resolve({ error: "not here", diagnostics: [] }),
      errors: () => Promise.resolve({ errors: [], notes: [] }),
      attend: () => ({ prompt: null }),
      input: () => null,
      evaluate: () => Promise.resolve({ lines: [], prompt: null }),
      ui: () => Promise.resolve(""),
      report: () => {},
    }),
  );
  closers.push(() => server.close());
  const log = (name: string, line: string): void => {
    const { at, n } = store.append(name, "out", line);
    stream.emit({ event: "log", n, app: name, stream: "out", line }, at);
  };
  return { store, stream, server, log, answers };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; !condition();) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("devpm logs", () => {
  it("shows history after the session ended, from a folder below, without any configuration", async () => {
    const store = openStore();
    store.append("backend", "err", "GET /");
    store.append("web", "out", "\u001B[32mVITE\u001B[0m");
    store.close();
    const plain = contextIn();
    expect(await logs(plain.context, asked({ follow: true }))).toBe(0);
    expect(plain.out.text()).toBe("backend ¦ GET /\nweb     | VITE\n");
    const json = contextIn();
    expect(await logs(json.context, asked({ json: true, apps: ["web"], lines: 1 }))).toBe(0);
    expect(JSON.parse(json.out.text())).toEqual({
      at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      app: "web",
      stream: "out",
      line: "VITE",
    });
  });

  it("has neither a gap nor a line twice between history and stream", async () => {
    const { log, server, store } = await engine();
    for (const start of [0, 1, 2, 3, 4]) {
      let next = 0;
      const line = (): void => {
        log(next % 2 === 0 ? "backend" : "web", `${start}:${next++}`);
        // so that a line is in the files before the stream brings it
        if (next % 7 === 0) store.flush();
      };
      for (let n = 0; n < 500; n++) line();
      let on = true;
      const chatter = (): void => {
        for (let n = 0; n < 20; n++) line();
        if (on) setImmediate(chatter);
      };
      chatter();
      const { context, out } = contextIn();
      const following = logs(context, asked({ follow: true, lines: 300, grep: `^${start}:` }));
      await until(() => out.text().length > 20_000, "enough lines");
      on = false;
      const shownUntil = next;
      await until(() => out.text().includes(` ${start}:${shownUntil - 1}\n`), "the last line");
      out.close();
      expect(await following).toBe(0);
      const numbers = [...out.text().matchAll(/ \d+:(\d+)\n/g)].map(([, number]) => Number(number));
      expect(numbers.length).toBeGreaterThan(300);
      expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    }
    await server.close();
  });

  it("shows devpm's own lines as `devpm`, among those of apps where both are named, past and live", async () => {
    const { store, stream, log, server } = await engine();
    const forget = stream.subscribe((event) => store.note(event));
    const tick = (): Promise<void> => clock.sleep(3);
    stream.emit({ event: "session.starting", project: "m", root, namespace: "n", session: "s", apps: ["backend"] });
    await tick();
    log("backend", "one");
    await tick();
    stream.emit({ event: "notice", text: "a notice" });
    await tick();
    log("backend", "two");
    const { context, out } = contextIn();
    const following = logs(context, asked({ follow: true, apps: ["devpm", "backend"] }));
    await until(() => out.text().includes("two"), "the history");
    stream.emit({ event: "app.ready", app: "backend", url: "http://localhost:5050", ms: 12 });
    stream.emit({ event: "session.ready", ms: 12 });
    await until(() => out.text().includes("ends it"), "what came");
    out.close();
    expect(await following).toBe(0);
    expect(out.text()).toBe(
      [
        `devpm   | m in ${root}`,
        "backend | one",
        "devpm   | a notice",
        "backend | two",
        "devpm   | ✔ backend ready http://localhost:5050 (12 ms)",
        "devpm   | ✔ m ready in 12 ms",
        "devpm   |   backend  http://localhost:5050",
        // whatever terminal it runs in, Ctrl+C in this one does not
        "devpm   |   devpm down ends it; devpm logs and devpm status work from any terminal",
        "",
      ].join("\n"),
    );
    const alone = contextIn();
    expect(await logs(alone.context, asked({ apps: ["devpm"], lines: 5, json: true }))).toBe(0);
    const lines = alone.out.text().trim().split("\n");
    expect(lines.slice(0, 2).map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { app: "devpm", stream: "out", line: "a notice" },
      { app: "devpm", line: "✔ backend ready http://localhost:5050 (12 ms)" },
    ]);
    forget();
    await server.close();
  });

  it("is told where the stream begins only when all before it is in the files", () => {
    const order: string[] = [];
    const note = (what: string) => (): never[] => {
      order.push(what);
      return [];
    };
    const session = { flushLogs: note("flush"), subscribe: () => note("unsubscribe") } as unknown as Served;
    const peer = { send: note("ok"), sendLine: note("line"), sendLog: note("log"), onClosed: () => {} };
    receiver(session)({ op: "events", logs: true }, peer);
    expect(order).toEqual(["flush", "ok"]);
  });

  it("says what it missed where its own reader is slower than the apps", async () => {
    const { log, server } = await engine();
    log("backend", "first");
    const { context, out, err } = contextIn();
    const { flushed } = context.terminal.out;
    let release = (): void => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    context.terminal.out.flushed = () => blocked.then(flushed);
    const following = logs(context, asked({ follow: true }));
    await until(() => out.text().includes("first"), "history");
    const line = "x".repeat(1_000);
    for (let i = 0; i < 20_000; i++) {
      log("backend", line);
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    release();
    await until(() => err.text() !== "", "word of what was missed");
    const shown = out.text().split("\n").length - 2;
    const missed = Number(
      /^([\d ]+) lines were not shown, .*: see devpm logs\n/.exec(err.text())?.[1]?.replaceAll(" ", ""),
    );
    expect(shown).toBeLessThan(10_000);
    expect(shown + missed).toBe(20_000);
    await server.close();
    expect(await following).toBe(0);
  });

  it("ends with the session", async () => {
    const { log, server } = await engine();
    log("backend", "one");
    const { context, out, err } = contextIn();
    const following = logs(context, asked({ follow: true }));
    await until(() => out.text().includes("one"), "history");
    log("backend", "two");
    await server.close();
    expect(await following).toBe(0);
    expect(out.text()).toBe("backend | one\nbackend | two\n");
    expect(err.text()).toBe("the session has ended\n");
  });

  it("chooses by app, pattern, level and time", async () => {
    const store = openStore();
    for (const line of [
      "starting",
      "ERROR no database",
      "Traceback (most recent call last):",
      "  here",
      "ValueError: x",
    ])
      store.append("backend", "out", line);
    store.append("web", "out", "no errors found");
    store.close();
    const shown = async (over: Partial<LogsOptions>): Promise<string[]> => {
      const { context, out } = contextIn();
      expect(await logs(context, asked(over))).toBe(0);
      return out
        .text()
        .split("\n")
        .slice(0, -1)
        .map((line) => line.replace(/^\w+ +. /, ""));
    };
    expect(await shown({ grep: "(?i:no )".replace("(?i:", "(?:") })).toEqual(["ERROR no database", "no errors found"]);
    expect(await shown({ level: "error", lines: 4 })).toEqual([
      "ERROR no database",
      "Traceback (most recent call last):",
      "  here",
      "ValueError: x",
    ]);
    expect(await shown({ level: "error", grep: "here|Value" })).toEqual(["  here", "ValueError: x"]);
    expect(await shown({ lines: 2 })).toEqual(["ValueError: x", "no errors found"]);
    expect(await shown({ since: "5m" })).toHaveLength(6);
    expect(await shown({ since: "2999-01-01" })).toEqual([]);
    expect(await shown({ until: "2999-01-01" })).toHaveLength(6);
    expect(await shown({ until: "2000-01-01" })).toEqual([]);
    expect(await shown({ since: "5m", until: "2999-01-01" })).toHaveLength(6);
  });

  it("gives a pattern up that takes years, with the reason and exit code 2", async () => {
    const store = openStore();
    for (let n = 0; n < 10; n++) store.append("backend", "out", `${"a".repeat(40)}!`);
    store.close();
    for (const grep of ["^(a+)+$", `^${"a?".repeat(40)}b$`]) {
      const { context, out, err } = contextIn();
      expect(await logs(context, asked({ grep }))).toBe(2);
      expect(err.text()).toContain("takes more than 100 ms for one line");
      expect(err.text()).toContain("DEVPM_USAGE");
      expect(out.text()).toBe("");
    }
  });

  it("names an unknown app with what was meant, and every wrong flag at once", async () => {
    const store = openStore();
    store.append("backend", "out", "x");
    store.close();
    const typo = contextIn();
    expect(await logs(typo.context, asked({ apps: ["bakend"] }))).toBe(2);
    expect(typo.err.text()).toContain("DEVPM_APP_UNKNOWN");
    expect(typo.err.text()).toContain("devpm logs backend\n");
    expect(typo.out.text()).toBe("");
    const flags = contextIn();
    expect(await logs(flags.context, asked({ since: "yesterday", until: "x", grep: "(", level: "loud" }))).toBe(2);
    for (const flag of ["--since", "--until", "--grep", "--level"]) expect(flags.err.text()).toContain(`✖ ${flag}: `);
    const save = contextIn();
    expect(await logs(save.context, asked({ since: "last-save" }))).toBe(2);
    expect(save.err.text()).toContain("no save has reloaded an app here yet");
  });

  it("says so where nothing has run yet", async () => {
    const { context, err } = contextIn();
    expect(await logs(context, asked({ follow: true }))).toBe(0);
    expect(err.text()).toMatch(/^no logs yet: nothing has run in /);
  });

  it("knows an app of the running session that has printed nothing", async () => {
    await engine();
    const { context, out } = contextIn(root);
    expect(await logs(context, asked({ apps: ["web"] }))).toBe(0);
    expect(out.text()).toBe("");
  });

  it("shows a service's own log", async () => {
    const store = openStore();
    const at = "2026-01-31T12:00:00.000Z";
    const service = { service: "postgres", container: "m-postgres-1", state: "healthy", exitCode: null } as const;
    store.note({ event: "session.starting", at, project: "m", root, namespace: "n", session: "s", apps: ["backend"] });
    store.note({
      event: "infra.checked",
      at,
      ms: 1,
      services: [{ ...service, drift: false, reason: null, ports: [] }],
    });
    store.close();
    const { context, out } = contextIn();
    const containers: LogsOptions["containers"] = () =>
      Promise.resolve({
        read: (container, { lines }, onLine) => {
          onLine({ at, stream: "err", line: `${container} ${lines}` });
          return Promise.resolve(null);
        },
      });
    expect(await logs(context, asked({ apps: ["postgres"], lines: 7, containers }))).toBe(0);
    expect(out.text()).toBe("postgres ¦ m-postgres-1 7\n");
  });
});

describe("which project is meant", () => {
  const rootOf = async (cwd: string, config?: string): Promise<string> =>
    (await contextIn(cwd, config).context.instance()).root;

  it("is the nearest folder upwards with an ecosystem file", async () => {
    writeFileSync(path.join(root, "ecosystem.config.ts"), "not even TypeScript");
    expect(await rootOf(path.join(root, "web/deep"))).toBe(root);
    writeFileSync(path.join(root, "web/ecosystem.config.json"), "");
    expect(await rootOf(path.join(root, "web/deep"))).toBe(path.join(root, "web"));
    expect(await rootOf(home, "my projects/märket/other.config.ts")).toBe(root);
  });

  it("is the nearest session where there is no such file, else the nearest logs, else here", async () => {
    const deep = path.join(root, "web/deep");
    expect(await rootOf(deep)).toBe(deep);
    mkdirSync(instance.logs, { recursive: true });
    writeFileSync(path.join(instance.logs, "backend.jsonl"), "");
    expect(await rootOf(deep)).toBe(root);
    const above = instanceOf(path.dirname(root), environment);
    mkdirSync(above.folder, { recursive: true });
    writeFileSync(above.sessionFile, "{}");
    expect(await rootOf(deep)).toBe(above.root);
  });
});

describe("the commands that ask the engine", () => {
  it("print its status, or that nothing runs", async () => {
    const before = contextIn();
    expect(await status(before.context, { json: true })).toBe(0);
    expect(JSON.parse(before.out.text())).toMatchObject({
      namespace: expect.stringMatching(/^devpm-.+-[0-9a-f]{8}$/) as string,
      session: null,
      apps: [],
      infra: [],
    });
    openStore().append("backend", "out", "x");
    closers.splice(0).forEach((close) => void close());
    const remembered = contextIn();
    await status(remembered.context, { json: true });
    expect(JSON.parse(remembered.out.text())).toMatchObject({
      root,
      session: null,
      apps: [{ name: "backend", state: "stopped" }],
    });
    const { server } = await engine();
    const now = contextIn();
    await status(now.context, { json: true });
    expect(JSON.parse(now.out.text())).toMatchObject({
      project: "märket",
      apps: [{ name: "backend" }, { name: "web" }],
    });
    await server.close();
  });

  it("wait for a session that is about to come up, and pass on why it is not ready", async () => {
    openStore().append("backend", "out", "so that this folder is known");
    closers.splice(0).forEach((close) => void close());
    const early = contextIn();
    let missed = 0;
    early.context.system.connectEngine = async (one) => {
      const found = await connectEngine(one);
      if (found === null) missed++;
      return found;
    };
    const waiting = wait(early.context, { apps: ["web"], for: "ready", timeoutMs: 60_000, json: true });
    await until(() => missed > 0, "a look before the session is there");
    const { answers } = await engine();
    expect(await waiting, early.out.text()).toBe(0);
    expect(JSON.parse(early.out.text())).toMatchObject({ ok: true, apps: [{ name: "web" }], error: null });
    answers.wait = "web crashed";
    const late = contextIn();
    expect(await wait(late.context, { apps: [], for: "ready", timeoutMs: 60_000, json: true })).toBe(1);
    expect(JSON.parse(late.out.text())).toMatchObject({ ok: false, error: "web crashed" });
    const unknown = contextIn();
    expect(await wait(unknown.context, { apps: ["wep"], for: "ready", timeoutMs: 60_000, json: false })).toBe(2);
    expect(unknown.err.text()).toContain("devpm wait web");
  });

  it("say that there is no session", async () => {
    for (const run of [
      (context: CommandContext) => restart(context, { apps: ["web"], json: false }),
      (context: CommandContext) => wait(context, { apps: [], for: "ready", timeoutMs: 1, json: false }),
    ]) {
      const { context, err } = contextIn();
      expect(await run(context)).toBe(1);
      expect(err.text()).toContain("DEVPM_NO_SESSION");
    }
  });

  it("restart apps, and say why one did not come up", async () => {
    const { answers } = await engine();
    openStore().append("backend", "out", "x");
    const good = contextIn();
    expect(await restart(good.context, { apps: ["web"], json: false })).toBe(0);
    expect(good.out.text()).toMatch(/^web restarted in [\d.]+ m?s\n$/);
    answers.restart = "not ready: web";
    const bad = contextIn();
    expect(await restart(bad.context, { apps: ["web"], json: false })).toBe(1);
    expect(bad.err.text()).toBe("not ready: web\n");
    const unknown = contextIn();
    expect(await restart(unknown.context, { apps: ["wbe"], json: false })).toBe(2);
    expect(unknown.err.text()).toContain("devpm restart web");
  });

  it("do not wait long for an engine that accepts and never answers", async () => {
    openStore().append("backend", "out", "x");
    mkdirSync(path.dirname(socket), { recursive: true });
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(socket, resolve));
    recordSession();
    closers.push(() => void mute.close());
    const { context, out } = contextIn();
    expect(await status(context, { json: true })).toBe(0);
    expect(JSON.parse(out.text())).toMatchObject({ session: { id: "s1" }, apps: [] });
  });

  it("list sessions, also dead ones", async () => {
    recordSession({ project: "märket", ports: [5050] });
    const other = instanceOf(home, environment);
    mkdirSync(other.folder, { recursive: true });
    writeFileSync(other.sessionFile, JSON.stringify(record({ id: "s2", engine: { ...self(), startTime: "1" } })));
    const { context, out } = contextIn();
    expect(await list(context, { json: true })).toBe(0);
    const { sessions } = JSON.parse(out.text()) as { sessions: { id: string; state: string }[] };
    expect(sessions.map(({ id, state }) => `${id} ${state}`).toSorted()).toEqual(["s1 ready", "s2 dead"]);
    expect(sessions.find(({ id }) => id === "s1")).toMatchObject({
      project: "märket",
      root,
      pid: process.pid,
      ports: [5050],
    });
  });
});

describe("devpm explain", () => {
  it("prints the page of a code, however it is typed", async () => {
    for (const code of ["DEVPM_APP_UNKNOWN", "app-unknown"]) {
      const { context, out } = contextIn();
      expect(await explain(context, { code, json: false })).toBe(0);
      expect(out.text()).toMatch(/^DEVPM_APP_UNKNOWN {2}No app or service has this name\n/);
    }
    const { context, err } = contextIn();
    expect(await explain(context, { code: "DEVPM_APP_UNKNWON", json: false })).toBe(2);
    expect(err.text()).toContain("devpm explain DEVPM_APP_UNKNOWN");
  });

  it("suggests nothing where nothing is similar", async () => {
    const { context, err } = contextIn();
    expect(await explain(context, { code: "a=1", json: false })).toBe(2);
    expect(err.text()).not.toContain("similar");
  });
});

describe("devpm completion", () => {
  it("knows the names of this project", async () => {
    openStore().append("backend", "out", "x");
    closers.splice(0).forEach((close) => void close());
    const { context, out } = contextIn();
    const { Command } = await import("commander");
    await completion(context, { shell: "names" }, new Command());
    expect(out.text()).toBe("backend\n");
  });
});
