import { expect, test } from "vitest";
import { MOST_UNREAD_LOGS } from "../../../src/model/limits.ts";
import { linesOf } from "../../../src/model/log-batch.ts";
import type { Streamed } from "../../../src/model/protocol.ts";
import { withBackpressure } from "../../../src/session/backpressure.ts";
import { createEventStream } from "../../../src/session/stream.ts";
import { deferred } from "../../../src/util/deferred.ts";

const now = (): Date => new Date("2026-01-31T12:00:00.000Z");

/** A reader that takes what waits when the test says so, and a clock whose patience ends when the test says so. */
function slowReader() {
  const shown: string[] = [];
  let taken = deferred();
  let over = deferred<null>();
  const taker = { waiting: 0, flushed: () => taken.promise };
  const reader = withBackpressure(
    {
      event: (event: Streamed) => void shown.push(event.event === "log" ? event.line : JSON.stringify(event)),
      lines: (lines) => void shown.push(...linesOf(lines)),
    },
    taker,
    {
      now,
      within: async (work) => Promise.race([work, over.promise]),
    },
  );
  const stream = createEventStream({ now } as Parameters<typeof createEventStream>[0]);
  stream.subscribe(reader.listener, reader.options);
  return {
    shown,
    stream,
    log: (line: string) => stream.emit({ event: "log", app: "a", stream: "out", line, n: 1 }),
    behind: () => void (taker.waiting = MOST_UNREAD_LOGS + 1),
    async catchesUp() {
      taker.waiting = 0;
      const before = taken;
      taken = deferred();
      before.resolve();
      await new Promise(setImmediate);
    },
    async losesPatience() {
      const before = over;
      over = deferred();
      before.resolve(null);
      await new Promise(setImmediate);
    },
  };
}

test("a reader that keeps up makes nobody wait", () => {
  const { log, shown, stream } = slowReader();
  log("one");
  expect(stream.room()).toBeNull();
  expect(shown).toEqual(["one"]);
});

test("the apps wait for a reader that has fallen behind, and it misses nothing where it catches up", async () => {
  const { log, shown, stream, behind, catchesUp } = slowReader();
  behind();
  let waited = false;
  const room = stream.room();
  expect(room).not.toBeNull();
  void room!.then(() => (waited = true));
  await new Promise(setImmediate);
  expect(waited).toBe(false);
  log("what came meanwhile");
  await catchesUp();
  expect(waited).toBe(true);
  expect(stream.room()).toBeNull();
  expect(shown).toEqual(["what came meanwhile"]);
});

test("they do not wait for one that has stopped reading: it misses lines and nothing else, and gets their number", async () => {
  const { log, shown, stream, behind, catchesUp, losesPatience } = slowReader();
  behind();
  const room = stream.room();
  await losesPatience();
  await room;
  expect(stream.room()).toBeNull();
  log("missed");
  log("missed too");
  stream.emit({ event: "app.stopped", app: "a" });
  await catchesUp();
  log("seen");
  const at = now().toISOString();
  expect(shown).toEqual([
    JSON.stringify({ event: "app.stopped", at, app: "a" }),
    JSON.stringify({ event: "log.missed", at, lines: 2 }),
    "seen",
  ]);
  // it may fall behind again, and is waited for again
  behind();
  expect(stream.room()).not.toBeNull();
});

test("a reader that has left is not waited for", () => {
  const stream = createEventStream({ now } as Parameters<typeof createEventStream>[0]);
  const leave = stream.subscribe(() => {}, { room: () => new Promise(() => {}) });
  expect(stream.room()).not.toBeNull();
  leave();
  expect(stream.room()).toBeNull();
});
