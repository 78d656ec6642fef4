import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { clock } from "../../../src/system/clock.ts";

test("what other programs have had of the CPU is a part of the time that has passed", () => {
  const [began, before] = [clock.monotonic(), clock.waited()];
  while (clock.monotonic() < began + 50);
  const waited = clock.waited() - before;
  expect(waited).toBeGreaterThanOrEqual(0);
  // the kernel counts the two at moments of its own
  expect(waited).toBeLessThan(clock.monotonic() - began + 20);
});

test("a wait for something that does not come ends in time, or with its signal, and leaves nothing on that", async () => {
  const never = new Promise<string>(() => {});
  const stop = new AbortController();
  expect(await clock.within(never, 5, stop.signal)).toBeNull();
  expect(await clock.within(Promise.resolve("there"), 60_000, stop.signal)).toBe("there");
  expect(getEventListeners(stop.signal, "abort")).toEqual([]);
  const waiting = clock.within(never, 60_000, stop.signal);
  stop.abort();
  expect(await waiting).toBeNull();
});
