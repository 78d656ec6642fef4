import { expect, test } from "vitest";
import { releaseAfterLoads, releaseAfterStart } from "../../../src/session/release-memory.ts";
import { createEventStream } from "../../../src/session/stream.ts";
import { virtualClock } from "../virtual-clock.ts";

function session() {
  const clock = virtualClock();
  const stream = createEventStream(clock);
  const stop = new AbortController();
  const released: number[] = [];
  releaseAfterStart({ clock, releaseMemory: () => void released.push(clock.monotonic()) }, stream, stop.signal);
  const ready = (): void => stream.emit({ event: "session.ready", ms: 1 });
  return { clock, stream, stop, released, ready };
}

test("what a start took is given back a while after everything is ready, and its space for new objects later", async () => {
  const { clock, stream, released, ready } = session();
  stream.emit({ event: "notice", text: "starting" });
  await clock.run(clock.sleep(60_000));
  expect(released).toEqual([]);
  ready();
  ready();
  await clock.run(clock.sleep(60_000));
  expect(released).toEqual([66_000, 75_600]);
});

test("a session that ends meanwhile has better things to do", async () => {
  const { clock, stop, released, ready } = session();
  ready();
  stop.abort();
  await clock.run(clock.sleep(60_000));
  expect(released).toEqual([]);
});

test("what a load of the configuration took is given back a while after the last one, until the session ends", async () => {
  const clock = virtualClock();
  const stop = new AbortController();
  const released: number[] = [];
  const loaded = releaseAfterLoads({ clock, releaseMemory: () => void released.push(clock.monotonic()) }, stop.signal);
  loaded();
  await clock.run(clock.sleep(5_000));
  loaded();
  await clock.run(clock.sleep(60_000));
  expect(released).toEqual([11_000, 20_600]);
  loaded();
  stop.abort();
  await clock.run(clock.sleep(60_000));
  expect(released).toHaveLength(2);
});
