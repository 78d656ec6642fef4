import { statSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { MOST_UNREAD, MOST_UNREAD_OUTPUT } from "../../../src/model/limits.ts";
import { patchBus, Relay, type Bus, type KnownProcesses, type StreamSource } from "../../../src/pm2/patch-bus.ts";
import { readRelay, type Pm2Event, type Pm2Output, type RelayStream } from "../../../src/system/pm2/pm2-relay.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { folderWith } from "../config/outside.ts";

/** PM2's bus as it is patched, and the engine's end of the socket: both real. */
async function bus() {
  const file = path.join(folderWith({}), "out.sock");
  const relay = new Relay();
  const server = relay.listen(file);
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const passedOn: string[] = [];
  const pm2: Bus = { emit: (event) => (passedOn.push(event), true) };
  const processes: KnownProcesses = {};
  patchBus(pm2, relay, processes);
  return { file, relay, pm2, processes, passedOn };
}

type Arrived = Omit<Pm2Output, "bytes"> & { text: string };

/** Reads everything; `until` resolves when what was read satisfies the test. */
function reading(stream: RelayStream, wait: () => Promise<unknown> | null = () => null) {
  onTestFinished(() => stream.close());
  const output: Arrived[] = [];
  const events: Pm2Event[] = [];
  const saves: { app: string; path: string }[] = [];
  const order: string[] = [];
  let look = (): void => {};
  const note = (what: string): void => {
    order.push(what);
    look();
  };
  stream.read({
    output({ bytes, ...from }) {
      output.push({ ...from, text: bytes.toString() });
      note(`${from.stream} ${bytes.toString()}`);
      return wait();
    },
    event(event) {
      events.push(event);
      note(`event ${event.event}`);
    },
    saved(change) {
      saves.push(change);
      note(`saved ${change.path}`);
    },
  });
  const until = (isThere: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => isThere() && resolve();
      look();
    });
  return { output, events, saves, order, until };
}

const api = { pm_id: 3, name: "api", status: "online", exit_code: 0, pm_uptime: 1_234 };
const frame = { kind: "out", id: 3, app: "api" } as const;

const source = (): StreamSource & { calls: string[] } => {
  const calls: string[] = [];
  return { calls, hold: () => void calls.push("hold"), release: () => void calls.push("release") };
};

describe("what PM2's daemon relays", () => {
  test("arrives in the order in which it happened, output before the exit that follows it", async () => {
    const { file, pm2 } = await bus();
    const { order, output, events, saves, until } = reading(await readRelay(file));
    pm2.emit("log:out", { data: "héllo\n", process: api });
    pm2.emit("log:err", { data: "oh\n", process: api });
    pm2.emit("log:PM2", { data: "Change detected on path a/b.py for app api - restarting\n", process: api });
    pm2.emit("process:event", { event: "exit", process: { ...api, status: "stopping", exit_code: 3 } });
    await until(() => events.length > 0);
    expect(order).toEqual(["out héllo\n", "err oh\n", "saved a/b.py", "event exit"]);
    expect(output[0]).toEqual({ app: "api", id: 3, stream: "out", text: "héllo\n" });
    const facts = { exitCode: 3, signal: null, startedAt: 1_234 };
    expect(events).toEqual([{ app: "api", id: 3, event: "exit", status: "stopping", ...facts }]);
    expect(saves).toEqual([{ app: "api", path: "a/b.py" }]);
  });

  test("is not on PM2's own bus as well, where it is output: nothing would take it from there", async () => {
    const { pm2, passedOn } = await bus();
    for (const event of ["log:out", "log:err", "log:PM2", "process:event", "process:msg"])
      pm2.emit(event, { data: "x", process: api });
    expect(passedOn).toEqual(["log:PM2", "process:event", "process:msg"]);
  });

  test("of an event that says little is complete all the same", async () => {
    const { file, pm2 } = await bus();
    const { events, until } = reading(await readRelay(file));
    pm2.emit("process:event", {});
    await until(() => events.length > 0);
    expect(events).toEqual([{ app: "", id: 0, event: "", status: "", exitCode: null, signal: null, startedAt: 0 }]);
  });

  test("of an end by a signal is the signal, and not the 0 that PM2 makes of it", async () => {
    const { file, pm2, processes } = await bus();
    const { events, until } = reading(await readRelay(file));
    Object.assign(processes, { 3: { signalCode: "SIGKILL" }, 4: { process: { signalCode: "SIGSEGV" } } });
    for (const pm_id of [3, 4]) pm2.emit("process:event", { event: "exit", process: { ...api, pm_id } });
    await until(() => events.length > 1);
    expect(events).toMatchObject([
      { exitCode: null, signal: "SIGKILL" },
      { exitCode: null, signal: "SIGSEGV" },
    ]);
  });

  test("of PM2's own log is only a change that its watch saw, in PM2's words", async () => {
    const { file, pm2 } = await bus();
    const { order, events, until } = reading(await readRelay(file));
    pm2.emit("log:PM2", { data: "App [api:3] exited with code [0]" });
    pm2.emit("log:PM2", { data: "Change detected, but in other words" });
    pm2.emit("log:PM2", { data: "Change detected on path a for app b for app c - restarting" });
    pm2.emit("process:event", { event: "online", process: api });
    await until(() => events.length > 0);
    expect(order).toEqual(["saved a for app b", "event online"]);
  });

  test("of much output is whole, and its pieces are in order", async () => {
    const { file, relay } = await bus();
    const { output, until } = reading(await readRelay(file));
    const blocks = Array.from({ length: 40 }, (_, n) => Buffer.alloc(20_000, String.fromCharCode(65 + (n % 26))));
    for (const block of blocks) relay.output(frame, [block.subarray(0, 9_000), block.subarray(9_000)]);
    const length = (): number => output.reduce((sum, { text }) => sum + text.length, 0);
    await until(() => length() === 800_000);
    expect(output.map(({ text }) => text).join("")).toBe(Buffer.concat(blocks).toString());
  });

  test("of a cluster, which cannot be made to wait, is bounded, and how much is missing is there", async () => {
    const { file, pm2, relay } = await bus();
    const { output, until } = reading(await readRelay(file));
    const block = "x".repeat(99_999);
    // nothing is read in this turn of the event loop
    for (let n = 0; n < 200; n++) pm2.emit("log:out", { data: `${block}\n`, process: api });
    expect(relay.unread).toBeLessThan(MOST_UNREAD + 200_000);
    const read = (): number => output.reduce((sum, { text }) => sum + text.length, 0);
    await until(() => read() > MOST_UNREAD);
    pm2.emit("log:out", { data: "after\n", process: api });
    await until(() => output.at(-1)?.text === "after\n");
    const words = output.find(({ stream }) => stream === "err")?.text ?? "";
    const dropped = Number(/devpm dropped (\d+) bytes of output/.exec(words)?.[1]);
    expect(dropped + read() - words.length - "after\n".length).toBe(200 * 100_000);
  });
});

describe("the relay's socket", () => {
  test("is for its user alone, from the first moment", async () => {
    const { file } = await bus();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("has one reader: a second one is turned away, the first goes on", async () => {
    const { file, pm2 } = await bus();
    const { events, until } = reading(await readRelay(file));
    const second = connect(file);
    second.on("error", () => {});
    await new Promise((resolve) => void second.once("close", resolve));
    pm2.emit("process:event", { event: "online", process: api });
    await until(() => events.length > 0);
  });

  test("closes at once where nobody reads it: a session that ends before its apps start waits for no last words", async () => {
    const { file } = await bus();
    const stream = await readRelay(file);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    await stream.close();
  });

  test("that is not there is an error for the reader", async () => {
    await expect(readRelay(path.join(folderWith({}), "none.sock"))).rejects.toThrow("ENOENT");
  });
});

describe("what produces output", () => {
  test("is left unread until a reader came, and again while that one does not keep up", async () => {
    const { file, relay } = await bus();
    const app = source();
    relay.add(app);
    expect(app.calls).toEqual(["hold"]);
    const gate = deferred();
    const stream = await readRelay(file);
    const { until, output } = reading(stream, () => gate.promise);
    relay.output(frame, [Buffer.from("first\n")]);
    await until(() => output.length > 0);
    expect(app.calls).toEqual(["hold", "release"]);
    const block = Buffer.alloc(512 * 1024, "x");
    for (
      let sent = 0;
      app.calls.at(-1) !== "hold" && sent < 4 * MOST_UNREAD_OUTPUT + 64 * block.length;
      sent += block.length
    )
      relay.output(frame, [block]);
    expect(app.calls).toEqual(["hold", "release", "hold"]);
    const again = new Promise<void>((resolve) => (app.release = () => (app.calls.push("release"), resolve())));
    gate.resolve();
    await again;
    expect(app.calls).toEqual(["hold", "release", "hold", "release"]);
  });

  test("that comes while a reader keeps up is read at once; one that has ended is left alone", async () => {
    const { file, relay } = await bus();
    const [ended, late] = [source(), source()];
    relay.add(ended);
    relay.remove(ended);
    const { until, events } = reading(await readRelay(file));
    relay.message({ ...frame, kind: "event" }, JSON.stringify({ event: "online" }));
    await until(() => events.length > 0);
    relay.add(late);
    expect([ended.calls, late.calls]).toEqual([["hold"], []]);
  });

  test("is read, and forgotten, once the reader is gone: apps do not wait for an engine that was killed", async () => {
    const { file, relay } = await bus();
    const app = source();
    relay.add(app);
    const socket = connect(file);
    socket.on("error", () => {});
    const released = new Promise<void>((resolve) => (app.release = () => (app.calls.push("release"), resolve())));
    await new Promise((resolve) => void socket.once("connect", resolve));
    await released;
    const freed = new Promise<void>((resolve) => (app.release = () => (app.calls.push("release"), resolve())));
    const block = Buffer.alloc(512 * 1024, "x");
    for (let n = 0; app.calls.at(-1) !== "hold" && n < 200; n++) relay.output(frame, [block]);
    expect(app.calls.at(-1)).toBe("hold");
    socket.destroy();
    await freed;
    relay.output(frame, [block]);
    expect(app.calls).toEqual(["hold", "release", "hold", "release"]);
  });
});
