import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PageLine } from "../../../src/model/page.ts";
import type { Filter } from "../../../web/logs/filter.ts";
import { EVERYTHING } from "./everything.ts";
import { LogReader } from "../../../web/logs/reader.ts";

interface Faked {
  come: (lines: readonly PageLine[]) => void;
  answer: (found: object) => void;
  asked: string[];
  signal: AbortSignal | null;
}

const faked = vi.hoisted((): Faked => ({ come: () => {}, answer: () => {}, asked: [], signal: null }));

vi.mock("../../../web/store.ts", () => ({
  onLines: (listener: Faked["come"]) => {
    faked.come = listener;
    return () => {};
  },
}));
vi.mock("../../../web/api.ts", () => ({
  linesOf: (query: URLSearchParams, signal: AbortSignal) => {
    faked.asked.push(query.toString());
    faked.signal = signal;
    return new Promise((resolve) => (faked.answer = resolve));
  },
}));

beforeEach(() => {
  faked.asked.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

/** Longer than the page waits until it asks for what came. */
const later = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1_000);

const line = (n: number, app: string): PageLine => ({
  at: "2026-01-31T12:00:00.000Z",
  app,
  stream: "out",
  line: `${app} ${n}`,
  n,
});

/** A reader of which the history is being read while two lines come, and is answered then. */
async function read(filter: Partial<Filter>): Promise<LogReader> {
  const reader = new LogReader({ ...EVERYTHING, ...filter }, () => {});
  const started = reader.start();
  await later();
  faked.come([line(2, "web"), line(3, "backend")]);
  faked.answer({ lines: [line(1, "backend")], isEnd: true });
  await started;
  return reader;
}

const shown = ({ window: { lines } }: LogReader): string[] => lines.map(({ line: text }) => text);

test("what came while the history was read is filtered by app, as everything is", async () => {
  const reader = await read({ apps: ["backend"] });
  expect(shown(reader)).toEqual(["backend 1", "backend 3"]);
  reader.close();
});

test("… and by the engine, where the filter is one that only it knows", async () => {
  const reader = await read({ find: "tea" });
  expect(shown(reader)).toEqual(["backend 1"]);
  await later();
  expect(faked.asked[1]).toContain("after=1");
  faked.answer({ lines: [line(3, "backend")], isEnd: true });
  await later();
  expect(shown(reader)).toEqual(["backend 1", "backend 3"]);
  reader.close();
});

test("a line that comes while the engine is being asked is asked for afterwards", async () => {
  const reader = await read({ find: "tea" });
  await later();
  faked.come([line(4, "backend")]);
  await later();
  expect(faked.asked).toHaveLength(2);
  faked.answer({ lines: [line(3, "backend")], isEnd: true });
  await later();
  expect(faked.asked[2]).toContain("after=3");
  reader.close();
});

test("a reader that is closed, as by another letter of a search, waits for nothing", async () => {
  const reader = new LogReader({ ...EVERYTHING, find: "t" }, () => {});
  void reader.start();
  await later();
  expect(faked.signal?.aborted).toBe(false);
  reader.close();
  expect(faked.signal?.aborted).toBe(true);
});
