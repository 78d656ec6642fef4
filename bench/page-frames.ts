import type { Page } from "playwright-core";

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** When it began and how long it took, and of that its thread's processor time: microseconds. */
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

const TASK = "RunTask";
/** The last step of a frame on the page's thread. */
const DRAWN = "Commit";
const CATEGORIES = [
  "devtools.timeline",
  "disabled-by-default-devtools.timeline",
  "disabled-by-default-devtools.timeline.frame",
  "toplevel",
  "__metadata",
];

/**
 * Milliseconds of processor time that the page's thread took for each frame while something was done: everything since the
 * frame before. What else the machine does is not in it, as it is in the time between two frames.
 */
export async function frameCosts(page: Page, act: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("the page has no browser of its own");
  await browser.startTracing(page, { categories: CATEGORIES });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const own = ofBusiest(traceEvents);
  const drawn = own.filter(({ name }) => name === DRAWN).map(({ ts }) => ts);
  const costs: number[] = [];
  let cost = 0;
  let next = 0;
  for (const { ts, dur = 0, tdur = 0 } of own.filter(({ name }) => name === TASK)) {
    cost += tdur / 1_000;
    if (next >= drawn.length || drawn[next]! > ts + dur) continue;
    costs.push(cost);
    cost = 0;
    while (next < drawn.length && drawn[next]! <= ts + dur) next++;
  }
  if (costs.length === 0) throw new Error("Chromium's trace has no frame of the page");
  return costs;
}

/** The main thread that did most, in the order of time: a browser has a page in reserve. */
function ofBusiest(events: readonly TraceEvent[]): TraceEvent[] {
  const main = events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const byThread = main.map(({ pid, tid }) => events.filter((one) => one.pid === pid && one.tid === tid));
  const cost = (own: readonly TraceEvent[]): number =>
    own.reduce((sum, { name, tdur = 0 }) => sum + (name === TASK ? tdur : 0), 0);
  return (byThread.toSorted((a, b) => cost(b) - cost(a))[0] ?? []).toSorted((a, b) => a.ts - b.ts);
}
