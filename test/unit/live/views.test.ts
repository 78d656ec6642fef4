import { expect, test } from "vitest";
import type { ActionOptions } from "../../../src/live/action-options.ts";
import type { Search, SessionAccess } from "../../../src/live/session-access.ts";
import { createGate } from "../../../src/live/gate.ts";
import { asOpened } from "../../../src/live/shown.ts";
import { stateAfter, nothingYet } from "../../../src/live/state.ts";
import { accepts, EVERYTHING } from "../../../src/live/view.ts";
import { createViews } from "../../../src/live/views.ts";
import type { LogRecord } from "../../../src/logs/record.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { Streamed } from "../../../src/model/protocol.ts";
import { at, plain, stamp, written } from "../ui/fake.ts";

const EARLIER = "2025-01-01T00:00:00.000Z";

const STARTING: SessionEvent = {
  event: "session.starting",
  project: "shop",
  root: "/srv",
  namespace: "n",
  session: "s",
  apps: ["web", "api"],
};

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Views over a history that is read when the test has it read. */
function opened() {
  const out = written(100);
  const shown = asOpened({ state: stateAfter(nothingYet("shop"), stamp(STARTING)), view: EVERYTHING });
  const event = (one: Streamed): void => {
    if (one.event === "log" && accepts(shown.view, one)) out.write(`${one.line}\n`);
  };
  const show = { event, lines: () => {} };
  const gate = createGate(show);
  const logged: LogRecord[] = [];
  const reads: (() => void)[] = [];
  const history: SessionAccess["history"] = ({ accept, apps, limit, since, after = -1 }) =>
    new Promise((resolve) =>
      reads.push(() => {
        const records = logged.filter(({ app }) => apps.includes(app));
        const last = new Map(records.map(({ app, n }) => [app, n]));
        const accepted = records.filter(
          (record) => record.n > after && (since === null || record.at >= since) && accept(record),
        );
        resolve({ records: accepted.slice(-(limit ?? 0)), last, cut: false });
      }),
    );
  const searches: { query: Search; signal: AbortSignal; answer: (found: readonly LogRecord[] | string) => void }[] = [];
  const search: SessionAccess["search"] = (query, signal) =>
    new Promise((answer) => searches.push({ query, signal, answer }));
  const options = {
    out,
    shown,
    gate,
    show,
    colors: plain,
    asTyped: (text: string) => text,
    changed: () => {},
    fresh: () => {},
  };
  const views = createViews({
    ...options,
    session: { history, search, pattern: (expression: RegExp) => expression },
    clock: { now: () => new Date(at) },
  } as unknown as ActionOptions);
  let n = 0;
  /** A line, in the files and on the way to the screen. */
  const log = (app: string, when = at): void => {
    const record: LogRecord = { at: when, app, stream: "out", n: ++n, line: `${app} ${n}` };
    logged.push(record);
    const line: Streamed = { event: "log", ...record };
    gate.event(line);
  };
  /** The history is read, for the view that was asked for first. */
  const read = async (): Promise<void> => {
    await settled();
    reads.shift()?.();
    await settled();
  };
  const text = (): string[] => out.text().split("\n").slice(0, -1);
  return { shown, views, log, read, text, searches };
}

test("a view that is narrowed and widened shows what it left out, and what came while the history was read", async () => {
  const { views, log, read, text } = opened();
  views.one("web");
  await read();
  log("web");
  log("api");
  views.all();
  log("web");
  log("api");
  await read();
  log("web");
  expect(text()).toEqual(["── only web ──", "web 1", "── all apps ──", "api 2", "web 3", "api 4", "web 5"]);
});

test("a view that is widened in a pause shows what was held", async () => {
  const { shown, views, log, read, text } = opened();
  views.one("web");
  await read();
  log("web");
  views.pause();
  log("web");
  log("api");
  views.all();
  await read();
  expect(shown.paused).toBe(false);
  expect(text()).toEqual(["── only web ──", "web 1", "── all apps ──", "web 2", "api 3"]);
});

test("a view that is changed again while the history is read has nothing before its heading", async () => {
  const { views, log, read, text } = opened();
  views.one("web");
  views.one("api");
  await read();
  log("api");
  await read();
  expect(text()).toEqual(["── only web ──", "── only api ──", "api 1"]);
});

test("nothing is paused while the history is read", async () => {
  const { shown, views, log, read, text } = opened();
  views.one("web");
  views.pause();
  expect(shown.paused).toBe(false);
  await read();
  log("web");
  expect(text().at(-1)).toBe("web 1");
});

/** A session of which everything was shown, that is searched. */
async function searching(text: string) {
  const session = opened();
  session.log("web");
  session.log("api");
  session.views.filter(text);
  await session.read();
  const [search] = session.searches;
  if (search === undefined) throw new Error("no search was begun");
  return { ...session, search };
}

test("the whole history is searched elsewhere, and everything is shown until the answer comes", async () => {
  const { shown, views, log, read, text, search } = await searching("WEB");
  expect(search.query).toEqual({ apps: ["web", "api"], find: "WEB", limit: 500, before: 3 });
  expect(shown).toMatchObject({ searching: "WEB", view: { filter: null } });
  log("api");
  log("web");
  search.answer([{ at, app: "web", stream: "out", n: 1, line: "web 1" }]);
  await settled();
  log("api");
  log("web");
  await read();
  expect(shown.searching).toBeNull();
  expect(views.endSearch()).toBe(false);
  log("web");
  const before = ["web 1", "api 2", "api 3", "web 4"];
  expect(text()).toEqual([...before, "── only lines with WEB ──", "web 1", "web 4", "web 6", "web 7"]);
});

test("Esc ends a search, and nothing of it is shown", async () => {
  const { shown, views, log, text, search } = await searching("/web/");
  expect(search.query.find).toEqual(/web/);
  views.unfilter();
  expect(search.signal.aborted).toBe(true);
  expect(shown).toMatchObject({ searching: null, view: { filter: null } });
  search.answer("it was ended");
  await settled();
  log("api");
  expect(text()).toEqual(["web 1", "api 2", "api 3"]);
});

test("another view takes the place of a search", async () => {
  const { shown, views, read, text, search } = await searching("web");
  views.one("api");
  expect(search.signal.aborted).toBe(true);
  await read();
  expect(shown).toMatchObject({ searching: null, view: { filter: null, names: ["api"] } });
  expect(text().slice(2)).toEqual(["── only api ──", "api 2"]);
});

test("a history that cannot be searched is named, and what comes is filtered", async () => {
  const { log, read, text, search } = await searching("web");
  search.answer("it took longer than 30 s");
  await settled();
  await read();
  log("api");
  log("web");
  expect(text().slice(2)).toEqual([
    "── only lines with web ──",
    "── older lines were not searched: it took longer than 30 s ──",
    "web 4",
  ]);
});

test("the terminal is shown what stood there: the last lines of this session, and of no earlier one", async () => {
  const { views, log, read, text } = opened();
  log("web", EARLIER);
  log("web");
  views.again();
  await read();
  expect(text().slice(text().indexOf("── the last lines ──"))).toEqual(["── the last lines ──", "web 2"]);
});
