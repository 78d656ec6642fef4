import { expect, test } from "vitest";
import type { Stamped } from "../../../src/model/events.ts";
import type { PageSnapshot } from "../../../src/model/page.ts";
import { idleApp, idleTask } from "../../../src/model/status.ts";
import { editorLink } from "../../../web/editors.ts";
import { bytes, fineDuration, quantile, relativeTo } from "../../../web/format.ts";
import { filterOf, isPlain, parametersOf, patternProblem } from "../../../web/logs/filter.ts";
import { EVERYTHING } from "./everything.ts";
import { EMPTY, startOrder, withEvent, withNotice, withSnapshot, withUsage } from "../../../web/model.ts";

const AT = "2026-01-31T12:00:00.000Z";
const SNAPSHOT: PageSnapshot = {
  event: "page.snapshot",
  at: AT,
  status: {
    project: "shop",
    root: "/shop",
    namespace: "n",
    session: { id: "s1", pid: 1, startedAt: AT, detached: true, state: "ready" },
    apps: [{ ...idleApp("web", "ready", 80), restarts: 2 }],
    infra: [],
    tasks: [idleTask("seed", "done")],
  },
  errors: [],
  needs: { web: ["seed"] },
  editor: "zed",
};
const event = (of: object): Stamped => ({ at: AT, ...of }) as Stamped;

test("the snapshot and what follows it are the state of the session", () => {
  let page = withSnapshot(EMPTY, SNAPSHOT);
  expect(page).toMatchObject({ connection: "live", project: "shop", sessionId: "s1", editor: "zed" });
  const reload = { app: "web", file: "/shop/a.py", savedAt: AT, how: "warm" };
  page = withEvent(page, event({ event: "app.reloading", ...reload }));
  expect(page.session.apps.get("web")?.status.state).toBe("reloading");
  expect([...page.saving]).toEqual([["web", "/shop/a.py"]]);
  page = withEvent(page, event({ event: "app.reloaded", ...reload, ms: 12, ok: true }));
  expect(page.saves).toMatchObject([{ file: "/shop/a.py", ms: 12 }]);
  expect(page.saving.size).toBe(0);
  expect(page.session.apps.get("web")?.status).toMatchObject({ state: "ready", reloads: 1, restarts: 2 });
  const fault = {
    id: "f",
    app: "web",
    kind: "python",
    message: "m",
    file: null,
    line: null,
    count: 1,
    first: AT,
    last: AT,
  };
  page = withEvent(page, event({ event: "error.seen", ...fault, frame: [] }));
  expect(page.session.errors).toMatchObject([{ id: "f" }]);
  page = withEvent(page, event({ event: "error.gone", id: "f", why: "fixed" }));
  expect(page.session.errors).toEqual([]);
  page = withEvent(page, event({ event: "session.stopped", ended: [], leftovers: [], ms: 1 }));
  expect(page).toMatchObject({ connection: "ended", receipt: { ms: 1 } });
});

test("memory comes with a status, notices go with their number", () => {
  const status = { ...SNAPSHOT.status, apps: [{ ...idleApp("web", "ready"), memoryBytes: 5e7, cpuPercent: 1.5 }] };
  expect(withUsage(EMPTY, status).usage.get("web")).toEqual({ memoryBytes: 5e7, cpuPercent: 1.5 });
  const many = Array.from({ length: 9 }, (_, at) => String(at)).reduce(
    (page, text) => withNotice(page, text, false),
    EMPTY,
  );
  expect(many.notices.map(({ text }) => text)).toEqual(["5", "6", "7", "8"]);
});

test("what starts first comes first, whatever depends on each other", () => {
  expect(startOrder(["web", "api", "db"], { web: ["api"], api: ["db", "gone"] })).toEqual(["db", "api", "web"]);
  expect(startOrder(["a", "b"], { a: ["b"], b: ["a"] })).toEqual(["b", "a"]);
  expect(startOrder([], {})).toEqual([]);
});

test("a filter is in the address, and comes back from it", () => {
  const filter = { apps: ["a&b", "c"], find: "x=1", isRegex: true, level: "warn" as const, since: AT, until: AT };
  expect(filterOf(parametersOf(filter))).toEqual(filter);
  expect(parametersOf(EVERYTHING).toString()).toBe("");
  expect(filterOf(new URLSearchParams("level=loud&since=yesterday&until="))).toEqual(EVERYTHING);
  expect(isPlain({ ...EVERYTHING, until: AT })).toBe(false);
  expect([isPlain(filter), isPlain({ ...EVERYTHING, apps: ["a"] })]).toEqual([false, true]);
  expect([patternProblem({ ...filter, find: "(" }), patternProblem({ ...EVERYTHING, find: "(" })]).toEqual([
    expect.stringContaining("("),
    "",
  ]);
});

test("a place opens in the chosen editor, and in no other program", () => {
  expect(editorLink("vscode", "/my shop", "a b.py", 7)).toBe("vscode://file/my%20shop/a%20b.py:7");
  expect(editorLink("idea", "/shop", "/x/y.py", null)).toBe("idea://open?file=%2Fx%2Fy.py&line=1");
  expect(editorLink("javascript:alert(1)//", "/shop", "a.py", 1)).toBe("vscode://file/shop/a.py:1");
  expect(editorLink("zed", "/shop", null, 1)).toBeNull();
});

test("figures", () => {
  expect([0.42, 12.4, 999, 1_234, 65_000, 3_700_000, 2e8].map(fineDuration)).toEqual([
    "0.4 ms",
    "12 ms",
    "999 ms",
    "1.2 s",
    "1 min 5 s",
    "1 h 1 min",
    "2 d 7 h",
  ]);
  expect([4_200, 52_000_000, 1.26e9].map(bytes)).toEqual(["4 kB", "52 MB", "1.3 GB"]);
  expect([quantile([], 0.5), quantile([3, 1, 2], 0.5), quantile([1, 2, 3, 4], 0.95)]).toEqual([null, 2, 4]);
  expect([relativeTo("/a", "/a/b.py"), relativeTo("/a", "/ab.py")]).toEqual(["b.py", "/ab.py"]);
});
