import { expect, test, vi } from "vitest";
import { deferredClient } from "../../../src/session/deferred-client.ts";
import type { Pm2App, Pm2Client } from "../../../src/system/pm2/pm2.ts";
import type { Pm2Reader } from "../../../src/system/pm2/pm2-relay.ts";
import { deferred } from "../../../src/util/deferred.ts";

/** A daemon that is connected to when the test says so. */
function booting() {
  const calls: string[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): Promise<never> => {
      calls.push([name, ...args].join(" "));
      return Promise.resolve(name as never);
    };
  const client = Object.fromEntries(
    ["version", "start", "list", "restart", "remove", "write", "read", "close"].map((name) => [name, note(name)]),
  ) as unknown as Pm2Client;
  const connected = deferred();
  const stopping = new AbortController();
  return {
    calls,
    connected,
    stopping,
    client: deferredClient(
      connected.promise.then(() => client),
      stopping.signal,
    ),
  };
}

const api = "api" as unknown as Pm2App;
const reader = "reader" as unknown as Pm2Reader;

test("what is asked of a daemon that still boots is asked once it is connected, in its order", async () => {
  const { client, calls, connected } = booting();
  client.read(reader);
  const answers = [
    client.start(api),
    client.list(),
    client.restart(3, 100),
    client.remove(3, 200),
    client.write(3, "x"),
  ];
  await new Promise((resolve) => void setImmediate(resolve));
  expect(calls).toEqual([]);
  connected.resolve();
  expect(await Promise.all(answers)).toEqual(["start", "list", "restart", "remove", "write"]);
  expect(calls).toEqual(["read reader", "start api", "list", "restart 3 100", "remove 3 200", "write 3 x"]);
});

test("where the session stops before, nothing is started, and what runs can still be ended", async () => {
  const { client, calls, connected, stopping } = booting();
  const started = client.start(api);
  stopping.abort();
  connected.resolve();
  await expect(started).rejects.toThrow();
  await client.remove(3, 200);
  expect(calls).toEqual(["remove 3 200"]);
});

test("a daemon that does not come up is the session's error, which waits for it, too: no app's, and no reader's", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const stopping = new AbortController();
  const client = deferredClient(Promise.reject(new Error("it did not come up")), stopping.signal);
  client.read(reader);
  let failed = false;
  const started = client.start(api).catch((error: unknown) => {
    failed = true;
    throw error;
  });
  await expect(client.list()).rejects.toThrow("it did not come up");
  expect(failed).toBe(false);
  stopping.abort();
  await expect(started).rejects.toThrow("it did not come up");
  await new Promise((resolve) => void setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
