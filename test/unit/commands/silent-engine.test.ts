import { expect, test } from "vitest";
import { whereSilent } from "../../../src/commands/dev/silent-engine.ts";
import type { Clock } from "../../../src/system/clock.ts";
import type { Line } from "../../../src/system/processes/helpers.ts";

function rig() {
  const sleeping: { ms: number; wake: () => void }[] = [];
  const hear: ((message: Record<string, unknown>) => void)[] = [];
  let close = (): void => {};
  const clock = {
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((wake) => {
        sleeping.push({ ms, wake });
        signal.addEventListener("abort", () => wake());
      }),
  } as Clock;
  const line = {
    onMessage: (heard) => void hear.push(heard),
    closed: new Promise<void>((done) => (close = done)),
  } as Pick<Line, "onMessage" | "closed"> as Line;
  const stop = new AbortController();
  let silence: string | null = null;
  void whereSilent(clock, line, stop.signal).then((why) => (silence = why));
  const settled = () => new Promise((done) => setImmediate(done));
  return {
    say: () => hear.forEach((heard) => heard({})),
    stop: () => stop.abort(),
    async end() {
      close();
      await settled();
    },
    /** All pauses are over. */
    async wait() {
      for (const { wake } of sleeping.splice(0)) wake();
      await settled();
      return silence;
    },
  };
}

test("one that never says a word is silent; with one word it may take any time", async () => {
  expect(await rig().wait()).toBe("never");
  const spoken = rig();
  spoken.say();
  expect(await spoken.wait()).toBe(null);
});

test("one that is asked to stop answers, whatever it has said before", async () => {
  const busy = rig();
  busy.say();
  busy.stop();
  expect(await busy.wait()).toBe("stopped");
  const well = rig();
  well.say();
  well.stop();
  well.say();
  expect(await well.wait()).toBe(null);
});

test("one that ends is not silent", async () => {
  const ended = rig();
  ended.stop();
  await ended.end();
  expect(await ended.wait()).toBe(null);
});
