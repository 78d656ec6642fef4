import { expect, test, vi } from "vitest";
import type { ActionOptions } from "../../../src/live/action-options.ts";
import { createActions } from "../../../src/live/actions.ts";
import { createGate } from "../../../src/live/gate.ts";
import { asOpened } from "../../../src/live/shown.ts";
import { stateAfter, nothingYet, type LiveState } from "../../../src/live/state.ts";
import { EVERYTHING } from "../../../src/live/view.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import { at, plain, stamp, written } from "../ui/fake.ts";

/** A session with apps of which all but `mail` have an address. */
const EVENTS: SessionEvent[] = [
  {
    event: "session.starting",
    project: "shop",
    root: "/srv",
    namespace: "n",
    session: "s",
    apps: ["api", "mail", "web"],
  },
  { event: "app.ready", app: "api", url: "http://localhost:1", ms: 1 },
  { event: "app.ready", app: "web", url: "http://localhost:2", ms: 1 },
];

function opened(columns = 100) {
  const browsed: string[] = [];
  const state = EVENTS.map((event) => stamp(event)).reduce<LiveState>(stateAfter, nothingYet("shop"));
  const shown = asOpened({ state, view: EVERYTHING });
  const show = { event: () => {}, lines: () => {} };
  const out = written(columns);
  const { act } = createActions({
    out,
    shown,
    show,
    gate: createGate(show),
    colors: plain,
    asTyped: (text: string) => text,
    clock: { now: () => new Date(at) },
    changed: () => {},
    fresh: () => {},
    session: {
      browse: (url: string) => (browsed.push(url), Promise.resolve(true)),
      ask: () => Promise.resolve({ ok: true, errors: [], notes: [NOTE] }),
      history: () => Promise.resolve({ records: [], last: new Map(), cut: false }),
    },
  } as unknown as ActionOptions);
  return { act, shown, browsed, out };
}

const NOTE =
  "devpm logs has what web printed; its page was not looked at, as http://localhost:5173/with/a/long/path has no answer";

test("what a key prints breaks between words, and no word is cut", async () => {
  const { act, out } = opened(40);
  act("errors", { name: "e" });
  await vi.waitFor(() => expect(out.text()).toContain("no answer"));
  const rows = out.text().trim().split("\n");
  expect(rows.join(" ")).toBe(`✔ nothing is broken, as far as devpm sees ${NOTE}`);
  expect(Math.max(...rows.map(({ length }) => length))).toBeLessThanOrEqual(40);
});

test("`o` then a digit opens the app that has it in the footer", () => {
  const { act, shown, browsed } = opened();
  act("open", { name: "o" });
  expect(shown.prompt?.hint).toBe("1 api  3 web  d this session's page  Enter api  Esc none");
  for (const key of ["3", "2", "", "x", null]) shown.prompt?.answer(key);
  expect(browsed).toEqual(["http://localhost:2", "http://localhost:1"]);
});

test("Ctrl+S pauses and Ctrl+Q continues, however often each is pressed; `p` does both", () => {
  const { act, shown } = opened();
  const paused = (names: string): boolean[] =>
    Array.from(names, (name) => {
      act("pause", { name });
      return shown.paused;
    });
  expect(paused("qssq")).toEqual([false, true, true, false]);
  const other = opened();
  expect(["p", "p"].map((name) => (other.act("pause", { name }), other.shown.paused))).toEqual([true, false]);
});
