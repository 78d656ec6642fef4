import { describe, expect, it } from "vitest";
import { canShowFooter } from "../../../src/commands/shared/session-screen.ts";
import { isProbe, isUnderWay } from "../../../src/live/noise.ts";
import { broken, isMoving, stateAfter, nothingYet, liveStateOf } from "../../../src/live/state.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import { idleApp, type Status } from "../../../src/model/status.ts";
import { environment } from "../preflight/place.ts";
import { silent, stamp, written } from "../ui/fake.ts";

const starting: SessionEvent = {
  event: "session.starting",
  project: "market",
  root: "/m",
  namespace: "n",
  session: "s",
  apps: ["backend"],
};
const ready: SessionEvent = { event: "app.ready", app: "backend", url: "http://localhost:5050", ms: 1 };
const failed: SessionEvent = { event: "app.failed", app: "backend", reason: "no" };

describe("what the footer knows", () => {
  const status: Status = {
    project: "market",
    root: "/m",
    namespace: "n",
    session: { id: "s", pid: 1, startedAt: "", detached: true, state: "ready" },
    apps: [idleApp("backend", "ready", 5050)],
    infra: [],
  };

  it("of a session that is joined is its status, which no event of its past takes back", () => {
    const state = liveStateOf(status, []);
    expect([state.project, state.model.state, isMoving(state)]).toEqual(["market", "ready", false]);
    expect(stateAfter(state, stamp(starting)).model.apps.get("backend")?.status.state).toBe("ready");
    const past = broken(broken(state, stamp(failed, "2026-01-31T11:00:00.000Z")), stamp(ready));
    expect(past.model).toBe(state.model);
    expect(past.brokenAt.get("backend")).toBe("2026-01-31T11:00:00.000Z");
  });

  it("moves while something is under way, and stands still when everything is ready", () => {
    const moving = [starting, { event: "app.starting", app: "backend", port: 5050 } as const];
    const state = moving.reduce((before, event: SessionEvent) => stateAfter(before, stamp(event)), nothingYet("m"));
    expect(isMoving(state)).toBe(true);
    const done = stateAfter(stateAfter(state, stamp(ready)), stamp({ event: "session.ready", ms: 1 }));
    expect(isMoving(done)).toBe(false);
  });
});

describe("what is left out", () => {
  const probes = { backend: "/health" };
  const noise = (line: string, app = "backend"): boolean => isProbe({ app, line }, probes);

  it("is the access line of devpm's own probe, as the usual servers write it", () => {
    expect(noise('127.0.0.1 - - [31/Jan/2026 12:00:00] "GET /health HTTP/1.1" 200 -')).toBe(true);
    expect(noise('INFO:     127.0.0.1:4242 - "GET /health HTTP/1.1" 200 OK')).toBe(true);
    expect(noise("GET /health 200 1.2 ms")).toBe(true);
    expect(noise('"GET /health?deep=1 HTTP/1.1" 204 -')).toBe(true);
  });

  it("is not one that failed, of another path or app, or a line that only names it", () => {
    expect(noise('"GET /health HTTP/1.1" 503 -')).toBe(false);
    expect(noise('"GET /healthy HTTP/1.1" 200 -')).toBe(false);
    expect(noise('"POST /health HTTP/1.1" 200 -')).toBe(false);
    expect(noise('"GET /health HTTP/1.1" 200 -', "web")).toBe(false);
    expect(noise("the probe asks /health")).toBe(false);
  });

  it("is what the footer shows while it is under way, and never how it ended", () => {
    expect(isUnderWay(stamp({ event: "setup.started", app: "web", step: "npm ci" }))).toBe(true);
    expect(isUnderWay(stamp(ready))).toBe(false);
    expect(isUnderWay(stamp(failed))).toBe(false);
  });
});

describe("the footer is for a person at a terminal", () => {
  const keys = { ...silent, isTTY: true };
  const at = (isTTY: boolean, shell = {}, more = {}, plain = false): boolean =>
    canShowFooter(
      { out: written(80, isTTY), err: written(80, isTTY), keys },
      { ...environment, shell: { TERM: "xterm", ...shell }, ...more },
      { plain, timestamps: false },
    );

  it("and not for a pipe, CI, a terminal that moves no cursor, an agent, or one who does not want it", () => {
    expect(at(true)).toBe(true);
    expect(at(true, { CI: "false" })).toBe(true);
    expect(at(false)).toBe(false);
    expect(at(true, { CI: "true" })).toBe(false);
    expect(at(true, { TERM: "dumb" })).toBe(false);
    expect(at(true, {}, { agent: "claude" })).toBe(false);
    expect(at(true, {}, {}, true)).toBe(false);
    const pipe = { out: written(80, true), err: written(80, true), keys: silent };
    expect(canShowFooter(pipe, { ...environment, shell: {} }, { plain: false, timestamps: false })).toBe(false);
  });
});
