import { Chalk } from "chalk";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { createAsTyped } from "../../../src/diagnostics/as-typed.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import { encodedEvent } from "../../../src/session/control/requests.ts";
import { createJsonUi } from "../../../src/ui/json.ts";
import { createPlainUi } from "../../../src/ui/plain.ts";
import { displayWidth } from "../../../src/util/text.ts";
import { EVERY_EVENT } from "./every-event.ts";
import { at, stamp, written } from "./fake.ts";

const EVENTS = Object.values(EVERY_EVENT) as SessionEvent[];
const named = EVENTS.map((event) => [event.event, event] as const);

interface Look {
  columns?: number;
  isTTY?: boolean;
  level?: 0 | 1;
  verbose?: boolean;
}

function shown(
  events: readonly SessionEvent[],
  { columns = 100, isTTY = false, level = 0, verbose = false }: Look = {},
) {
  const out = written(columns, isTTY);
  const ui = createPlainUi(out, { colors: new Chalk({ level }), verbose, asTyped: (text) => text });
  for (const event of events) ui.event(stamp(event));
  return out.text();
}

/** Without the prefix that every line of ours has. */
const line = (event: SessionEvent, look?: Look): string => shown([event], look).replaceAll(/^devpm +\| /gm, "");

/** What a file, a container or a branch can be called: it clears the screen, sets the title, and pretends to be devpm. */
const HOSTILE = "\u001B[2J\u001B[1;1H\u001B]0;title\u0007\u009B31m\u202E\r\u0008";
/** Words of devpm's own, and the names of apps, which the configuration's schema restricts. */
const OWN_WORDS = new Set(["event", "at", "state", "how", "code", "severity", "stream", "during", "savedAt", "app"]);
/** They print the words of a program, which may be of any language. */
const PROGRAMS_WORDS = new Set(["log", "app.prompt", "setup.output"]);

const hostile = (value: unknown): unknown => {
  if (typeof value === "string") return value + HOSTILE;
  if (Array.isArray(value)) return value.map(hostile);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, OWN_WORDS.has(key) ? one : hostile(one)]));
};

describe("whatever a name is, nothing that a terminal acts on is printed", () => {
  test.each(named)("%s", (name, event) => {
    const acting = PROGRAMS_WORDS.has(name) ? /[^\P{Cc}\n]/u : /[^\P{Cc}\n]|\u202E/u;
    const all = [EVERY_EVENT["session.starting"], event].map((one) => hostile(one) as SessionEvent);
    for (const look of [{ verbose: true }, { isTTY: true, columns: 60, verbose: true }])
      expect(shown(all, look)).not.toMatch(acting);
  });

  test("a name of two lines is devpm's on both", () => {
    const text = "it is\nbackend | ready";
    expect(shown([{ event: "notice", text }])).toBe("devpm | it is\ndevpm | backend | ready\n");
  });
});

describe("the plain interface prints each event once", () => {
  const quiet: Partial<Record<SessionEvent["event"], true>> = {
    "app.pending": true,
    "app.resumed": true,
    "app.running": true,
    "app.reloading": true,
    "task.pending": true,
    "setup.output": true,
    "infra.changed": true,
    // its lines are printed already
    "error.seen": true,
    "error.gone": true,
  };

  test.each(named)("%s", (name, event) => {
    const text = line(event);
    expect(text === "").toBe(quiet[name] === true);
    if (text !== "") expect(text.endsWith("\n")).toBe(true);
  });

  test.each([
    ["session.starting", "market in /home/ana/market\n"],
    ["setup.started", "backend: pip install\n"],
    ["setup.finished", "backend: pip install done in 2.1 s\n"],
    ["infra.checked", "infra: postgres healthy (checked in 41 ms)\n"],
    ["infra.absent", "infra: Docker is not running; going on without kafka\n"],
    ["infra.progress", "kafka: pulling, 1.0 of 9.8 MB\n"],
    ["infra.started", "kafka created in 3.0 s\n"],
    ["infra.failed", "▲ kafka: it is unhealthy\n"],
    ["infra.recovered", "kafka is back: it is healthy again\n"],
    ["app.starting", "backend starting on port 5050\n"],
    ["app.ready", "✔ backend ready http://localhost:5050 (412 ms)\n"],
    ["app.reloaded", "↻ backend reloaded a.py in 24 ms\n"],
    ["app.failed", "✖ backend did not start: its set-up failed\n"],
    ["app.stopped", "backend stopped\n"],
    ["task.started", "migrate runs: inputs changed\n"],
    ["task.finished", "✔ migrate done (90 ms)\n"],
    ["task.skipped", "migrate has nothing to do: nothing changed since it was last done\n"],
    ["task.stopped", "migrate stopped\n"],
    ["notice", "watching by polling\n"],
    ["session.stopping", "stopping (Ctrl+C)\n"],
    ["session.stopped", "nothing was running\n"],
  ] as const)("%s says: %s", (name, text) => {
    expect(line(EVERY_EVENT[name])).toBe(text);
  });

  test.each([
    ["app.running", "backend runs as pid 4711\n"],
    ["app.reloading", "backend reloading a.py\n"],
    ["infra.changed", "infra: \n"],
  ] as const)("%s only with --verbose", (name, text) => {
    expect(line(EVERY_EVENT[name])).toBe("");
    expect(line(EVERY_EVENT[name], { verbose: true })).toBe(text);
  });

  test("the output of set-up with --verbose, under its app's name", () => {
    expect(shown([EVERY_EVENT["session.starting"], EVERY_EVENT["setup.output"]], { verbose: true })).toMatch(
      /\nbackend \| Collecting flask\n$/,
    );
  });
});

describe("the plain interface leaves out what only follows from something else", () => {
  test.each([
    ["a reload that failed: its crash is shown", { ...EVERY_EVENT["app.reloaded"], ok: false }],
    ["a task that failed: its diagnostic is shown", { ...EVERY_EVENT["task.finished"], ok: false, exitCode: 1 }],
    ["an app that waits for a failed task", { ...EVERY_EVENT["app.failed"], tasks: ["migrate"] }],
  ] as [string, SessionEvent][])("%s", (_, event) => {
    expect(line(event)).toBe("");
  });

  test("the end of a session that never started anything, after its diagnostic", () => {
    const end: SessionEvent[] = [{ event: "session.stopping", reason: "failed" }, EVERY_EVENT["session.stopped"]];
    expect(shown([EVERY_EVENT["session.starting"], ...end])).not.toMatch(/stopping|nothing was running/);
    for (const name of ["app.starting", "task.started", "setup.started", "infra.progress"] as const)
      expect(shown([EVERY_EVENT[name], ...end]), name).toMatch(/stopping[^]*nothing was running/);
  });

  test("but not what was left: that is always shown", () => {
    const left = [{ pid: 5, app: "web", command: "x", reason: "state D" }];
    const text = shown([
      { event: "session.stopping", reason: "failed" },
      { ...EVERY_EVENT["session.stopped"], leftovers: left },
    ]);
    expect(text).toContain("DEVPM_TEARDOWN_INCOMPLETE");
  });
});

test("a diagnostic does not quote again what its app has just printed", () => {
  const failed = { ...EVERY_EVENT.diagnostic, app: "backend", excerpt: ["ValueError: no"] };
  const log: SessionEvent = { event: "log", app: "backend", stream: "err", line: "ValueError: no" };
  expect(shown([log, failed]).split("ValueError").length - 1).toBe(1);
  expect(shown([failed]).split("ValueError").length - 1).toBe(1);
  expect(shown([log, { ...failed, app: undefined }] as SessionEvent[]).split("ValueError").length - 1).toBe(2);
});

test("an app that was ready and is lost is a warning, not a failed start", () => {
  expect(line({ ...EVERY_EVENT["app.failed"], lost: true, reason: "port 5050 is closed" })).toBe(
    "▲ backend: port 5050 is closed\n",
  );
});

test("an app without a port or an address says neither", () => {
  expect(line({ ...EVERY_EVENT["app.starting"], port: null })).toBe("backend starting\n");
  expect(line({ ...EVERY_EVENT["app.ready"], url: null })).toBe("✔ backend ready (412 ms)\n");
});

describe("whatever happens", () => {
  test.each([40, 60, 80, 200])("our own words fit a terminal of %i columns", (columns) => {
    const text = stripVTControlCharacters(shown(EVENTS, { columns, isTTY: true, level: 1, verbose: true }));
    for (const one of text.split("\n")) expect(displayWidth(one), one).toBeLessThanOrEqual(columns);
  });

  test("colours change no word, and no cursor is moved", () => {
    const colored = shown(EVENTS, { level: 1, verbose: true });
    expect(stripVTControlCharacters(colored)).toBe(shown(EVENTS, { verbose: true }));
    // oxlint-disable-next-line no-control-regex
    expect(colored.replaceAll(/\u001B\[[\d;]*m/g, "")).not.toContain("\u001B");
  });

  test("no colour runs from one line into the next", () => {
    for (const one of shown(EVENTS, { level: 1, verbose: true }).split("\n")) {
      // oxlint-disable-next-line no-control-regex
      const codes = [...one.matchAll(/\u001B\[([\d;]*)m/g)].map(([, code = ""]) => code);
      const open = codes.filter((code) => /^(?:1|2|3[0-7]|9[0-7])$/.test(code)).length;
      const closed = codes.filter((code) => /^(?:0|22|39)$/.test(code)).length;
      expect(closed, JSON.stringify(one)).toBeGreaterThanOrEqual(open);
    }
  });
});

describe("devpm dev --json", () => {
  const asTyped = createAsTyped({ program: () => "npx devpm", place: "" });
  const json = (event: SessionEvent): string => {
    const out = written();
    createJsonUi(out, asTyped).event(stamp(event));
    return out.text();
  };

  test.each(named)("%s is one object in one line, with its name and time first", (name, event) => {
    const text = json(event);
    expect(text.indexOf("\n")).toBe(text.length - 1);
    expect(text.startsWith(`{"event":"${name}"`)).toBe(true);
    expect(JSON.parse(text)).toMatchObject({ event: name, at });
  });

  test.each(named)("%s keeps every field of the event, and a log line not its number", (name, event) => {
    const parsed = JSON.parse(json(event)) as Record<string, unknown>;
    for (const key of Object.keys(event))
      expect(Object.hasOwn(parsed, key), key).toBe(!(name === "log" && key === "n"));
  });

  test("commands to paste are as they are typed here; quoted output is not touched", () => {
    const crashed: SessionEvent = {
      ...EVERY_EVENT["app.crashed"],
      excerpt: ["run devpm dev again"],
      fixes: [{ label: "", command: "devpm restart backend" }],
    };
    expect(JSON.parse(json(crashed))).toMatchObject({
      excerpt: ["run devpm dev again"],
      fixes: [{ command: "npx devpm restart backend" }],
    });
    expect(JSON.parse(json(EVERY_EVENT.diagnostic))).toMatchObject({ fixes: [{ command: "npx devpm dev" }] });
  });
});

test.each(named)("%s comes through the session's socket as it was sent", (_, event) => {
  const sent = stamp(event);
  const encoded = encodedEvent(sent);
  expect(encoded.indexOf("\n")).toBe(encoded.length - 1);
  expect(JSON.parse(encoded)).toEqual(sent);
});
