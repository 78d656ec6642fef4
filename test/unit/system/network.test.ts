import fs from "node:fs";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import net, { type AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { network } from "../../../src/system/network.ts";
import { freePort } from "../../rigs/ports.ts";

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A server on this machine; what it was asked. */
async function serve(answer: Answer, host = "127.0.0.1") {
  const asked: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, port: (server.address() as AddressInfo).port };
}

const get = { method: "GET", path: "/", headers: [], body: null, secure: false, timeoutMs: 30_000, mostBytes: 1_000 };

describe("a connection", () => {
  test.skipIf(process.platform !== "linux").each([
    ["TCP6: inuse 0\nUDP6: inuse 3\n", ["127.0.0.1"]],
    ["TCP6: inuse 1\nUDP6: inuse 0\n", ["127.0.0.1", "::1"]],
    // a kernel without IPv6, or that does not say
    [null, ["127.0.0.1", "::1"]],
  ])("where the kernel counts %j is tried at %j", async (counted, hosts) => {
    const asked: unknown[] = [];
    const { connect } = net;
    vi.spyOn(net, "connect").mockImplementation(((options: { host: string; port: number }) => {
      asked.push(options.host);
      return connect(options);
    }) as never);
    vi.spyOn(fs, "readFileSync").mockImplementation(() => {
      if (counted === null) throw new Error("no such file");
      return counted;
    });
    syncBuiltinESMExports();
    onTestFinished(() => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    });
    expect(await network.connects(1, 1_000)).toBe(false);
    expect(asked).toEqual(hosts);
  });

  test("is accepted where something listens, and only there", async () => {
    const { port } = await serve((_, response) => response.end());
    expect(await network.connects(port, 30_000)).toBe(true);
    expect(await network.connects(await freePort(), 30_000)).toBe(false);
  });

  test("is accepted on the other address of this machine too", async (ctx) => {
    const server = await serve((_, response) => response.end("six"), "::1").catch(() => null);
    ctx.skip(server === null, "this machine has no IPv6");
    const { port } = server!;
    expect(await network.connects(port, 30_000)).toBe(true);
    expect(await network.status(port, "/", { timeoutMs: 30_000, secure: false })).toBe(200);
    expect(await network.request(port, get)).toMatchObject({ status: 200, body: Buffer.from("six") });
  });

  test("to a server without TLS completes no handshake", async () => {
    const { port } = await serve((_, response) => response.end());
    expect(await network.speaksTls(port, 30_000)).toBe(false);
    expect(await network.status(port, "/", { timeoutMs: 30_000, secure: true })).toBeNull();
  });
});

describe("a probe", () => {
  test("has the status as it is: a redirect is not followed", async () => {
    const { port, asked } = await serve((_, response) => response.writeHead(302, { location: "/login" }).end());
    expect(await network.status(port, "/health?x=1", { timeoutMs: 30_000, secure: false })).toBe(302);
    // it asks as a page would: servers look at the name
    expect(asked[0]).toMatchObject({ url: "/health?x=1", headers: { host: `localhost:${port}` } });
  });

  test("of a server that does not answer in time has none", async () => {
    const { port } = await serve(() => {});
    expect(await network.status(port, "/", { timeoutMs: 30, secure: false })).toBeNull();
  });

  test("of a server that hangs up has none", async () => {
    const { port } = await serve((request) => request.socket.destroy());
    expect(await network.status(port, "/", { timeoutMs: 30_000, secure: false })).toBeNull();
  });
});

describe("a request", () => {
  test("is sent as given, and its answer comes as it was received", async () => {
    const { port, asked } = await serve((_, response) => {
      response.writeHead(201, "Made", [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
      ]);
      response.end("done");
    });
    const headers = [["X-Mine", "1"]] as const;
    const answer = await network.request(port, { ...get, method: "POST", path: "/a", headers, body: "héllo" });
    expect(answer).toMatchObject({ status: 201, reason: "Made", body: Buffer.from("done"), cut: false });
    expect("headers" in answer && answer.headers.filter(([name]) => name === "Set-Cookie")).toEqual([
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
    expect(asked[0]).toMatchObject({
      method: "POST",
      url: "/a",
      body: "héllo",
      headers: { "x-mine": "1", host: `localhost:${port}`, "content-length": "6" },
    });
  });

  test("keeps the host that it is given", async () => {
    const { port, asked } = await serve((_, response) => response.end());
    await network.request(port, { ...get, headers: [["HOST", "shop.local"]] });
    expect(asked[0]!.headers.host).toBe("shop.local");
  });

  test("reads no more of the answer than what is kept", async () => {
    const { port } = await serve((_, response) => response.end("x".repeat(5_000)));
    const answer = await network.request(port, { ...get, mostBytes: 100 });
    expect(answer).toMatchObject({ cut: true, body: Buffer.from("x".repeat(100)) });
    expect(await network.request(port, { ...get, mostBytes: 5_000 })).toMatchObject({ cut: false });
  });

  test("where nothing listens says that nothing was sent", async () => {
    expect(await network.request(await freePort(), get)).toMatchObject({ refused: true, late: false });
  });

  test("that is not answered in time, to its end, says so: it was sent", async () => {
    const silent = await serve(() => {});
    const error = "no complete answer within 30 ms";
    expect(await network.request(silent.port, { ...get, timeoutMs: 30 })).toEqual({
      error,
      refused: false,
      late: true,
    });
    const half = await serve((_, response) => void response.write("half"));
    expect(await network.request(half.port, { ...get, timeoutMs: 30 })).toMatchObject({ refused: false, late: true });
  });

  test("that breaks off in the middle of the answer is an error, not an answer", async () => {
    const { port } = await serve((request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => request.socket.destroy());
    });
    expect(await network.request(port, get)).toMatchObject({ error: expect.any(String), refused: false });
  });

  test.each([
    ["a header", { headers: [["X", "a\nb"]] as const }],
    ["a method", { method: "GE T" }],
    ["a path", { path: "/a b" }],
  ])("with %s that cannot be sent is an error", async (_, more) => {
    const { port, asked } = await serve((_request, response) => response.end());
    expect(await network.request(port, { ...get, ...more })).toMatchObject({
      error: expect.any(String),
      refused: false,
    });
    expect(asked).toEqual([]);
  });
});
