import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { NOTHING_ENDED, type SessionEvent } from "../../../src/model/events.ts";
import { displayWidth } from "../../../src/util/text.ts";
import { createPlainUi } from "../../../src/ui/plain.ts";
import { at, plain, said, stamp, written } from "./fake.ts";

const PLAIN = { colors: plain, verbose: false, asTyped: (text: string) => text };

const starting: SessionEvent = {
  event: "session.starting",
  project: "market",
  root: "/home/ana/market",
  namespace: "devpm-market",
  session: "s1",
  apps: ["backend", "web"],
};
const ready: SessionEvent[] = [
  { event: "app.ready", app: "backend", url: "http://localhost:5050", ms: 412 },
  { event: "app.ready", app: "web", url: "http://localhost:5173", ms: 612 },
];
const traceback = [
  "Traceback (most recent call last):",
  '  File "web/market_routes.py", line 7',
  "ImportError: cannot import name 'engin'",
];
const crashed = {
  event: "app.crashed",
  app: "backend",
  during: "import",
  exitCode: null,
  signal: null,
  excerpt: traceback,
  evidence: [],
  fixes: [],
  reloads: true,
} satisfies SessionEvent;
const printed: SessionEvent[] = traceback.map((line) => ({ event: "log", app: "backend", stream: "err", line }));

describe("the plain interface", () => {
  it("aligns the apps' lines and tells stderr apart without colours", () => {
    const text = said([
      starting,
      { event: "log", app: "backend", stream: "err", line: "GET /" },
      { event: "log", app: "web", stream: "out", line: "\u001B[2J\u001B[32mVITE\u001B[39m ready" },
    ]);
    expect(text).toBe("devpm   | market in /home/ana/market\nbackend ¦ GET /\nweb     | VITE ready\n");
  });

  it.each([0, 1] as const)(
    "shows what would reverse a line, and keeps what right-to-left text needs: colours %i",
    (level) => {
      const reversed = "is\u202Enimda\u202C \u202A\u202B\u202D";
      const hebrew = "שלום \u2067\u2066a\u2069\u2069 \u2068b\u2069\u200E\u200F";
      const text = said(
        [
          starting,
          ...[reversed, hebrew].map((line): SessionEvent => ({ event: "log", app: "web", stream: "out", line })),
          { event: "app.prompt", app: "web", text: "name\u202E? ", file: null, line: null },
        ],
        100,
        true,
        level,
      );
      const lines = stripVTControlCharacters(text).split("\n");
      expect(lines).toEqual(
        expect.arrayContaining([
          "web     | is\\u202enimda\\u202c \\u202a\\u202b\\u202d",
          `web     | ${hebrew}`,
          "web     | name\\u202e? ",
        ]),
      );
    },
  );

  it("shows what would reverse a line of a set-up step", () => {
    const out = written(100, false);
    const ui = createPlainUi(out, { ...PLAIN, verbose: true });
    ui.event(stamp({ event: "setup.output", app: "web", step: "npm ci", line: "\u202Epackages" }));
    expect(out.text()).toContain("\\u202epackages");
  });

  it("keeps an app's colours where colours are wanted, and lets none run on", () => {
    const text = said(
      [starting, { event: "log", app: "web", stream: "out", line: "\u001B[2K\u001B[32mgreen" }],
      100,
      false,
      1,
    );
    expect(text).toContain("\u001B[32mgreen\u001B[0m\n");
    expect(text).not.toContain("\u001B[2K");
  });

  it("says a reload in one line with the file and the milliseconds", () => {
    const reload = {
      event: "app.reloaded",
      app: "backend",
      file: "web/market_routes.py",
      savedAt: at,
      ok: true,
    } as const;
    expect(said([{ ...reload, ms: 24.3, how: "warm" }])).toContain("backend reloaded web/market_routes.py in 24 ms\n");
    expect(said([{ ...reload, ms: 524.3, how: "restart" }])).toContain("in 524 ms (restart)\n");
    const timeline = { noticed: 1, forked: 2, imported: 60, answering: 68, p50: 24, p95: 68 };
    const whole = { ...timeline, grown: null, libraries: true } as const;
    expect(said([{ ...reload, ms: 3_400, how: "warm", timeline: whole }])).toContain(
      "in 3400 ms (libraries imported too)\n",
    );
    const grown = { module: "pandas", ms: 41.7 };
    expect(said([{ ...reload, ms: 68, how: "warm", timeline: { ...timeline, grown } }])).toContain(
      "in 68 ms, over twice its usual 24 ms: importing pandas took 42 ms more\n",
    );
  });

  it("shows every address when the session is ready", () => {
    expect(
      said([starting, ...ready, { event: "session.ready", ms: 812 }])
        .split("\n\n")
        .slice(2)
        .join("\n\n"),
    ).toBe(
      [
        "  backend  http://localhost:5050\n  web      http://localhost:5173",
        "  Ctrl+C ends it; devpm logs and devpm status work from any terminal",
        "",
      ].join("\n\n"),
    );
    expect(said([starting, ...ready, { event: "session.ready", ms: 812 }])).toContain("✔ market ready in 812 ms\n");
  });

  it("names in the banner what is not up", () => {
    const text = said([starting, ...ready, crashed, { event: "session.ready", ms: 812 }]);
    expect(text).toContain("▲ market up in 812 ms, without backend\n");
  });

  it("shows a traceback once, whether the log or the crash came first", () => {
    for (const events of [
      [...printed, crashed],
      [crashed, ...printed],
    ]) {
      const text = said([starting, ...ready, ...events]);
      expect(text.split("ImportError").length - 1).toBe(1);
      expect(text).toContain("✖ backend stopped: its code does not import");
      expect(text).toContain("Still running: web http://localhost:5173.");
    }
  });

  it("shows the next crash's traceback again", () => {
    const text = said([starting, crashed, ...printed, crashed, ...printed, ...printed, crashed]);
    expect(text.split("ImportError").length - 1).toBe(3);
  });

  it("names what mends a crash, or else that the next save does", () => {
    const fixes = [{ label: "add it", command: "uv add redis && devpm restart backend" }];
    expect(said([starting, crashed])).toContain("backend reloads on your next save.");
    expect(said([starting, { ...crashed, reloads: false }])).toContain("Start it again with: devpm restart backend");
    const mended = said([starting, { ...crashed, evidence: [["cause", "the package redis is not installed"]], fixes }]);
    expect(mended).toMatch(/cause +the package redis[^]*fix +add it: +uv add redis && devpm restart backend/);
    expect(mended).not.toMatch(/next save|Start it again/);
  });

  it("names no restart where a detached start has failed and the session ends", () => {
    const fixes = [{ label: "add it", command: "uv add redis && devpm restart backend" }];
    const text = said([starting, { ...crashed, fixes }], 100, false, 0, true);
    expect(text).toContain("uv add redis && devpm dev --detach");
    expect(said([starting, crashed], 100, false, 0, true)).toMatch(
      /The session ends. Start it again with: devpm dev --detach/,
    );
  });

  it("has errors whole where they are read apart, and a traceback once in one terminal", () => {
    const failed = { event: "app.failed", app: "web", reason: "it is not there" } satisfies SessionEvent;
    const [apart, together] = [false, true].map((isTTY) => {
      const [out, err] = [written(100, isTTY), written(100, isTTY)];
      const ui = createPlainUi(out, { ...PLAIN, detached: true, errors: { out: err, colors: plain } });
      for (const event of [starting, ...printed, crashed, failed]) ui.event(stamp(event));
      return [out.text(), err.text()] as const;
    }) as [readonly [string, string], readonly [string, string]];
    expect(apart[0].split("ImportError")).toHaveLength(2);
    expect(apart[0]).not.toContain("✖");
    expect(apart[1]).toMatch(/✖ backend stopped[^]*ImportError[^]*\n✖ web did not start: it is not there\n$/);
    expect((together[0] + together[1]).split("ImportError")).toHaveLength(2);
    expect(together[1]).toContain("✖ backend stopped");
  });

  it("does not lose what an app prints after the crash", () => {
    const text = said([starting, crashed, { event: "log", app: "backend", stream: "err", line: "bye" }]);
    expect(text).toContain("backend ¦ bye\n");
  });

  it("says what the teardown of a session ended after one of which nothing was started", () => {
    const nothing = { ended: [], leftovers: [], spared: [], portsFree: [], portsHeld: [], infraUp: [], ms: 1 };
    const text = said([
      starting,
      { event: "session.stopping", reason: "failed" },
      { event: "session.stopped", ...nothing },
      starting,
      { event: "session.stopping", reason: "ctrl-c" },
      { event: "session.stopped", ...nothing, ended: [{ pid: 1, app: "web", how: "SIGTERM" }] },
    ]);
    expect(text).not.toContain("nothing was running");
    expect(text).toContain("stopped web in 1 ms (1 process)");
  });

  it("says what a teardown ended, freed and left", () => {
    const text = said([
      {
        event: "session.stopped",
        ended: [
          { pid: 1, app: "web", how: "SIGKILL" },
          { pid: 2, app: "backend", how: "SIGTERM" },
        ],
        leftovers: [{ pid: 51877, app: "web", command: "chrome", reason: "survived SIGKILL for 5 s, state D" }],
        spared: [{ pid: 7, app: "web", command: "firefox" }],
        portsFree: [5050],
        portsHeld: [{ port: 5173, holder: "pid 9 nc" }],
        infraUp: ["postgres"],
        ms: 212,
      },
    ]);
    expect(text.replaceAll("devpm | ", "").split("\n")).toEqual([
      "stopped backend and web in 212 ms (2 processes, 1 by SIGKILL)",
      "port 5050 is free",
      "port 5173 is held by pid 9 nc, not by devpm",
      "left alone: pid 7 firefox (opened by web)",
      "still up: postgres (devpm down --infra stops them)",
      "",
      "▲ 1 process did not stop                                            DEVPM_TEARDOWN_INCOMPLETE",
      "  pid 51877  chrome (started by web): survived SIGKILL for 5 s, state D",
      "  Everything else stopped. Port 5050 is free.",
      "  fix        devpm down --force",
      "",
      "",
    ]);
  });

  it("says of containers that a worktree shares that they stay, and not how they would be stopped", () => {
    const text = said([{ event: "session.stopped", ...NOTHING_ENDED, infraUp: ["postgres"], infraShared: true }]);
    expect(text).toContain("still up: postgres (shared with the main checkout)");
    expect(text).not.toContain("--infra");
  });

  it("fits a terminal of 40 columns, with the same words as in a wide one", () => {
    const events: SessionEvent[] = [
      { ...starting, apps: ["a-rather-long-backend-name", "web"] },
      { event: "app.ready", app: "web", url: "http://localhost:5173", ms: 612 },
      { event: "infra.absent", reason: "Docker is not running", services: ["postgres", "neo4j", "kafka"] },
      { event: "session.ready", ms: 812 },
      // what an app printed is quoted as it is, so only our own words are measured
      { ...crashed, app: "web", excerpt: ["ImportError: engin"] },
    ];
    const narrow = said(events, 40, true, 1);
    for (const line of stripVTControlCharacters(narrow).split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(40);
    const words = (text: string): string => stripVTControlCharacters(text).replaceAll(/devpm +[|]|\s+/g, "");
    expect(words(narrow)).toBe(words(said(events, 100, true)));
  });

  it("moves no cursor", () => {
    const text = said([starting, ...ready, { event: "session.ready", ms: 812 }, crashed, ...printed], 80, true, 1);
    // oxlint-disable-next-line no-control-regex
    expect(text.replaceAll(/\u001B\[[\d;]*m/g, "")).not.toMatch(/[\u001B\r\b]/);
  });
});
