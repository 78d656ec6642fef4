import { getEventListeners, once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { clock } from "../../../src/system/clock.ts";
import { folderWith } from "../config/outside.ts";

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

test("what is there already comes before a signal that has aborted, and what fails is thrown", async () => {
  const stopped = AbortSignal.abort();
  expect(await clock.within(Promise.resolve("there"), 60_000, stopped)).toBe("there");
  expect(await clock.within(new Promise(() => {}), 60_000, stopped)).toBeNull();
  await clock.sleep(60_000, stopped);
  const stop = new AbortController();
  await expect(clock.within(Promise.reject(new Error("no")), 60_000, stop.signal)).rejects.toThrow("no");
  expect(getEventListeners(stop.signal, "abort")).toEqual([]);
});

test("what has come in time counts, also where this process was not running when it came", async () => {
  // what is written to a socket of this kind is there when the write returns
  const file = path.join(folderWith({}), "s.sock");
  const server = createServer().listen(file);
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect(file);
  const [peer] = await accepted;
  try {
    const waiting = clock.within(once(client, "data"), 20);
    peer.write("x");
    const began = clock.monotonic();
    while (clock.monotonic() < began + 60);
    expect(await waiting).not.toBeNull();
  } finally {
    client.destroy();
    peer.destroy();
    server.close();
  }
});
