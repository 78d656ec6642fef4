import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { LONGEST_FRAME } from "../../../src/model/limits.ts";
import { PROTOCOL, type Report, type Request, type Streamed } from "../../../src/model/protocol.ts";
import { connectEngine, type EngineClient } from "../../../src/system/engine/engine-client.ts";
import { serveEngine, type Peer } from "../../../src/system/engine/engine-server.ts";
import { OLDER, STRANGER } from "../../../src/system/engine/handshake.ts";
import { version } from "../../../src/system/version.ts";
import { folderWith } from "../config/outside.ts";
import { record } from "../teardown/sample.ts";

const SECRET = "s".repeat(32);
const status: Request = { op: "status" };
const report: Report = { op: "report", app: "api", session: "s1", report: { what: "notice", text: "x" } };

/** An engine's socket and a session file that leads to it; both ends are the real ones. */
async function session({ secret = SECRET }: { secret?: string | null } = {}) {
  const folder = folderWith({});
  const socket = path.join(folder, "engine.sock");
  const sessionFile = path.join(folder, "session.json");
  writeFileSync(sessionFile, JSON.stringify(record({ socket, ...(secret === null ? {} : { secret }) })));
  const got: { message: Request | Report; peer: Peer }[] = [];
  let look = (): void => {};
  let answers: (message: Request | Report, peer: Peer) => void = (_, peer) => peer.send({ ok: true });
  const server = await serveEngine({
    path: socket,
    secret: SECRET,
    receive(message, peer) {
      got.push({ message, peer });
      answers(message, peer);
      look();
    },
  });
  onTestFinished(() => server.close());
  return {
    folder,
    socket,
    sessionFile,
    server,
    got,
    answer: (how: typeof answers) => (answers = how),
    until: (isThere: () => boolean) =>
      new Promise<void>((resolve) => {
        look = () => isThere() && resolve();
        look();
      }),
    async client(): Promise<EngineClient> {
      const client = await connectEngine({ sessionFile });
      if (client === null) throw new Error("not connected");
      onTestFinished(() => client.close());
      return client;
    },
  };
}

/** A connection that sends what the test gives it; the lines that come back. */
function raw(file: string) {
  const socket = createConnection(file);
  onTestFinished(() => void socket.destroy());
  socket.setEncoding("utf8");
  socket.on("error", () => {});
  let text = "";
  let look = (): void => {};
  socket.on("data", (chunk: string) => {
    text += chunk;
    look();
  });
  const lines = (): { ok: boolean; error?: string }[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as never);
  return {
    socket,
    lines,
    closed: new Promise<void>((resolve) => void socket.once("close", () => resolve())),
    until: (count: number) =>
      new Promise<void>((resolve) => {
        look = () => lines().length >= count && resolve();
        look();
      }),
  };
}

describe("a command finds the engine", () => {
  test("and is answered", async () => {
    const { client, got } = await session();
    const engine = await client();
    expect(engine.refused).toBeNull();
    expect(await engine.ask(status)).toEqual({ ok: true });
    expect(got.map(({ message }) => message)).toEqual([status]);
  });

  test("and two questions at once get their own answers, whichever is answered first", async () => {
    const { client, answer, got, until } = await session();
    const held: Peer[] = [];
    answer((message, peer) => {
      if (message.op === "wait") held.push(peer);
      else peer.send({ ok: true, errors: [], notes: [] });
    });
    const engine = await client();
    const wait: Extract<Request, { op: "wait" }> = { op: "wait", apps: [], for: "ready", timeoutMs: 9_000 };
    const [first, second] = [engine.ask(wait, 9_000), engine.ask({ op: "errors" }, 9_000)];
    // one that has no time to wait for its turn is not asked
    expect(await engine.ask(status, 1)).toBeNull();
    await until(() => held.length > 0);
    held[0]?.send({ ok: false, error: "not ready" });
    expect(await first).toEqual({ ok: false, error: "not ready" });
    expect(await second).toEqual({ ok: true, errors: [], notes: [] });
    expect(got.map(({ message }) => message.op)).toEqual(["wait", "errors"]);
  });

  test("not where there is no session, no valid file of one, or no socket", async () => {
    const { folder, sessionFile, server } = await session();
    expect(await connectEngine({ sessionFile: path.join(folder, "none.json") })).toBeNull();
    writeFileSync(path.join(folder, "broken.json"), "{");
    expect(await connectEngine({ sessionFile: path.join(folder, "broken.json") })).toBeNull();
    await server.close();
    expect(await connectEngine({ sessionFile })).toBeNull();
  });

  test("of an older devpm, whose file has no secret, and talks to it no further", async () => {
    const { client, got } = await session({ secret: null });
    const engine = await client();
    expect(engine.refused).toBe(OLDER);
    expect(await engine.ask(status)).toEqual({ ok: false, error: OLDER });
    expect(await engine.events(true, () => {})).toBeNull();
    expect(got).toEqual([]);
  });

  test("not in what answers there without the session's secret", async () => {
    const { client, got } = await session({ secret: "of another session" });
    expect((await client()).refused).toBe(STRANGER);
    expect(got).toEqual([]);
  });

  test("not behind a link that leads elsewhere, nor in a plain file", async () => {
    const { folder, socket } = await session();
    const link = path.join(folder, "link.sock");
    symlinkSync(socket, link);
    writeFileSync(path.join(folder, "file.sock"), "");
    for (const name of ["link.sock", "file.sock"]) {
      const sessionFile = path.join(folder, `${name}.json`);
      writeFileSync(sessionFile, JSON.stringify(record({ socket: path.join(folder, name), secret: SECRET })));
      expect((await connectEngine({ sessionFile }))?.refused).toBe(STRANGER);
    }
  });

  test("that does not speak: no answer in time is none", async () => {
    const folder = folderWith({});
    const socket = path.join(folder, "engine.sock");
    const mute = createServer();
    const open: Socket[] = [];
    mute.on("connection", (one) => open.push(one));
    await new Promise<void>((resolve) => void mute.listen(socket, resolve));
    onTestFinished(() => {
      for (const one of open) one.destroy();
      mute.close();
    });
    const sessionFile = path.join(folder, "session.json");
    writeFileSync(sessionFile, JSON.stringify(record({ socket, secret: SECRET })));
    expect(await connectEngine({ sessionFile }, 30)).toBeNull();
  });
});

describe("an answer", () => {
  test("that comes too late is not taken for the next one's", async () => {
    const { client, answer, got, until } = await session();
    const engine = await client();
    answer(() => {});
    expect(await engine.ask(status, 20)).toBeNull();
    await until(() => got.length === 1);
    const late = got[0]!.peer;
    answer((_, peer) => {
      late.send({ ok: true, status: "of the first request" });
      peer.send({ ok: false, error: "not within 5 ms" });
    });
    const wait: Request = { op: "wait", apps: [], for: "ready", timeoutMs: 5 };
    expect(await engine.ask(wait)).toEqual({ ok: false, error: "not within 5 ms" });
  });

  test("that does not come ends every question that waits for one", async () => {
    const { client, answer } = await session();
    const engine = await client();
    answer(() => {});
    expect(await Promise.all([engine.ask(status, 20), engine.ask(status, 20)])).toEqual([null, null]);
  });

  test("is none once the command has left, or the engine is gone", async () => {
    const { client, server } = await session();
    const left = await client();
    left.close();
    expect(await left.ask(status)).toBeNull();
    const engine = await client();
    await server.close();
    expect(await engine.ask(status)).toBeNull();
  });

  test("that waits longer than the client is willing to ends what it waited for", async () => {
    const { client, answer } = await session();
    const engine = await client();
    const gone = new Promise<void>((resolve) => answer((_, peer) => peer.onClosed(resolve)));
    expect(await engine.ask(status, 20)).toBeNull();
    await gone;
  });

  test("is whole, however long it is, and what is none is skipped", async () => {
    const { client, answer } = await session();
    const engine = await client();
    const long = "é".repeat(300_000);
    answer((_, peer) => {
      peer.sendLine("no JSON\n");
      peer.send({ ok: false, error: long });
    });
    expect(await engine.ask(status)).toEqual({ ok: false, error: long });
  });

  test("is sent before the engine closes its socket", async () => {
    const { client, answer, server } = await session();
    const engine = await client();
    let closing: Promise<void> = Promise.resolve();
    answer((_, peer) => {
      peer.send({ ok: true });
      closing = server.close();
    });
    expect(await engine.ask(status)).toEqual({ ok: true });
    engine.close();
    await closing;
  });
});

describe("events", () => {
  const notice = (text: string): Streamed => ({ event: "notice", at: "2026-01-31T12:00:00.000Z", text });

  test("come in order from the answer on, until the engine ends", async () => {
    const { client, answer, server } = await session();
    const engine = await client();
    answer((_, peer) => {
      peer.send({ ok: true });
      for (const text of ["1", "2"]) peer.send(notice(text));
      peer.send({ neither: "event nor answer" });
      peer.send(notice("3"));
    });
    const seen: Streamed[] = [];
    const stream = await engine.events(false, (event) => seen.push(event));
    await Promise.all([stream!.done, server.close()]);
    expect(seen).toEqual(["1", "2", "3"].map(notice));
  });

  test("of logs are missed by a reader that is slow, which gets the number of them", async () => {
    const { client, answer, got } = await session();
    const engine = await client();
    const seen: Streamed[] = [];
    let arrived = (): void => {};
    const told = new Promise<void>((resolve) => {
      void engine
        .events(true, (event) => {
          seen.push(event);
          if (event.event === "log.missed") resolve();
          arrived();
        })
        .then((stream) => {
          stream!.pause();
          const line = `${JSON.stringify({ event: "log", at: "x", app: "api", stream: "out", line: "y".repeat(60_000), n: 1 })}\n`;
          for (let n = 0; n < 400; n++) got[0]!.peer.sendLog(line);
          stream!.resume();
        });
    });
    answer((_, peer) => peer.send({ ok: true }));
    await told;
    const missed = seen.at(-1) as Extract<Streamed, { event: "log.missed" }>;
    expect(missed.lines + seen.length - 1).toBe(400);
    expect(missed.lines).toBeGreaterThan(0);
    // from then on it keeps up
    const next = new Promise<void>((resolve) => (arrived = resolve));
    got[0]!.peer.sendLog(`${JSON.stringify({ ...notice("after"), event: "log" })}\n`);
    await next;
  });
});

describe("the engine", () => {
  test("has a socket for its user alone, and takes the place of one that a dead engine left", async () => {
    const { socket } = await session();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const again = await serveEngine({ path: socket, secret: SECRET, receive: () => {} });
    onTestFinished(() => again.close());
    expect(statSync(socket).isSocket()).toBe(true);
  });

  test("reports that it cannot listen", async () => {
    const file = path.join(folderWith({}), "folder-is-missing/engine.sock");
    await expect(serveEngine({ path: file, secret: SECRET, receive: () => {} })).rejects.toThrow("listen");
  });

  test("names both versions to a client of another protocol, and gives it nothing to prove itself with", async () => {
    const { socket } = await session();
    const { socket: mine, until, lines } = raw(socket);
    mine.write(`${JSON.stringify({ op: "hello", protocol: 999, devpm: "9.9.9", nonce: "n" })}\n`);
    await until(1);
    expect(lines()[0]).toEqual({
      ...{ ok: false, protocol: PROTOCOL, devpm: version },
      error: expect.stringMatching(
        new RegExp(`run by devpm ${version}, which devpm 9\\.9\\.9 cannot talk to`),
      ) as string,
    });
  });

  test("takes no request of a client that has not proved itself, and goes on listening to it", async () => {
    const { socket, got } = await session();
    const { socket: mine, until, lines } = raw(socket);
    mine.write(
      `${JSON.stringify(status)}\n${JSON.stringify({ op: "prove", proof: "guess" })}\n${JSON.stringify(status)}\n`,
    );
    await until(3);
    expect(lines().map(({ ok, error }) => [ok, error?.slice(0, 32)])).toEqual([
      [false, "this session is run by another v"],
      [false, "this client does not know the se"],
      [false, "this session is run by another v"],
    ]);
    expect(got).toEqual([]);
  });

  test("takes the reports of its own Python processes, which do not introduce themselves", async () => {
    const { socket, got, until } = await session();
    const line = `${JSON.stringify(report)}\n`;
    const { socket: mine } = raw(socket);
    // in pieces, as a stream is cut
    mine.write(line.slice(0, 10), () => mine.write(line.slice(10)));
    await until(() => got.length === 1);
    expect(got[0]!.message).toEqual(report);
  });

  test.each([
    ["what is no JSON", "GET / HTTP/1.1\n", "malformed request: no JSON"],
    [
      "a line without an end",
      "x".repeat(LONGEST_FRAME + 1),
      `malformed request: longer than ${LONGEST_FRAME} characters`,
    ],
  ])("hangs up on %s, with the reason", async (_, text, error) => {
    const { socket, got } = await session();
    const { socket: mine, closed, lines } = raw(socket);
    mine.write(text);
    await closed;
    expect([lines(), got]).toEqual([[{ ok: false, error }], []]);
  });

  test("takes nothing more of a connection that it hangs up on", async () => {
    const { socket, got } = await session();
    const { socket: mine, closed, lines } = raw(socket);
    mine.write(`no JSON\n${JSON.stringify(report)}\n`);
    await closed;
    expect([lines().length, got.length]).toEqual([1, 0]);
  });

  test("refuses a wrong request, and goes on", async () => {
    const { socket, got, until: received } = await session();
    const { socket: mine, until } = raw(socket);
    mine.write(`{"op":"status","more":[]}\n{"op":"explode"}\n${JSON.stringify(report)}\n`);
    await until(2);
    await received(() => got.length === 1);
  });

  test("drops a client that leaves too much unread, and only that", async () => {
    const { client, answer, got } = await session();
    const [slow, other] = [await client(), await client()];
    answer((_, peer) => peer.send({ ok: true }));
    const stream = await slow.events(false, () => {});
    stream!.pause();
    const { peer } = got[0]!;
    const closed = new Promise<void>((resolve) => peer.onClosed(resolve));
    for (let n = 0; n < 8; n++) peer.send({ event: "notice", at: "x", text: "y".repeat(1_000_000) });
    await closed;
    expect(await other.ask(status)).toEqual({ ok: true });
  });
});
