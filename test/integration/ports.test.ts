import { once } from "node:events";
import { type AddressInfo, type Server, createServer } from "node:net";
import { type TestContext, expect, test } from "vitest";
import { ports } from "../../src/system/ports/ports.ts";
import { processes } from "../../src/system/processes/processes.ts";
import { freePort } from "../rigs/ports.ts";

async function listening(ctx: TestContext, host: string, given?: number): Promise<number> {
  const port = given ?? (await freePort());
  const server: Server = createServer().listen({ host, port, ipv6Only: host === "::1" });
  ctx.onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test.for([
  ["127.0.0.1", 4],
  ["0.0.0.0", 4],
  ["::1", 6],
  ["::", 6],
] as const)("who listens on %s", async ([host, family], ctx) => {
  const port = await listening(ctx, host);
  expect(ports.holders(port)).toEqual([{ port, address: host, family, uid: process.getuid?.(), pid: process.pid }]);
  expect(await ports.canBind(port)).toBe("taken");
});

test("127.0.0.1 and ::1 held at once are both seen", async (ctx) => {
  const port = await listening(ctx, "127.0.0.1");
  await listening(ctx, "::1", port);
  expect(ports.holders(port).map((holder) => holder.address)).toEqual(["127.0.0.1", "::1"]);
});

test("a free port is free, again and again: looking leaves nothing behind", async () => {
  const free = await freePort();
  for (let times = 0; times < 3; times++) expect(await ports.canBind(free)).toBe("free");
  expect(ports.holders(free)).toEqual([]);
  expect(ports.timeWait(free)).toBe(false);
});

test("hundreds of listeners are all seen: more than the kernel hands out in one piece", async (ctx) => {
  const opened: number[] = [];
  for (let count = 0; count < 300; count++) opened.push(await listening(ctx, count % 2 ? "127.0.0.1" : "::1", 0));
  const seen = new Set(ports.listening().map(({ port }) => port));
  expect(opened.filter((port) => !seen.has(port))).toEqual([]);
  expect(opened.length).toBe(300);
});

test("a port is not taken for another that starts or ends like it", async (ctx) => {
  const port = await listening(ctx, "127.0.0.1");
  for (const other of [port % 10_000, Number(`${port}`.slice(0, 4)), (port * 16) % 65_536]) {
    expect(ports.holders(other).some((holder) => holder.pid === process.pid)).toBe(false);
  }
});

test("kill-port refuses to end ourselves, what was not agreed to, and numbers that are no ports", async (ctx) => {
  const port = await listening(ctx, "127.0.0.1");
  expect(await ports.freeByKillPort(port, [])).toBe("refused");
  expect(await ports.freeByKillPort(port, [processes.identify(process.pid)!])).toBe("refused");
  for (const wrong of [0, -1, 65_536, 1.5, Number.NaN]) expect(await ports.freeByKillPort(wrong, [])).toBe("refused");
  expect(ports.holders(port).length).toBe(1);
});
