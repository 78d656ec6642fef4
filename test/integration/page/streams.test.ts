import http from "node:http";
import { expect, test, vi } from "vitest";
import { MOST_PAGE_STREAMS } from "../../../src/model/limits.ts";
import { servePage } from "../../../src/system/page-server.ts";
import type { Peer } from "../../../src/system/engine/engine-server.ts";
import { until } from "../../rigs/wait.ts";

const get = (port: number): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    http.get({ host: "127.0.0.1", port, path: "/", agent: false }, resolve).once("error", reject);
  });

test("a port that browsers refuse is not the page's, whatever the kernel chooses", async (ctx) => {
  const address = vi
    .spyOn(http.Server.prototype, "address")
    .mockReturnValueOnce({ address: "", family: "", port: 6000 });
  const server = await servePage(() => Promise.resolve({ status: 204, headers: {}, body: "", admitted: true }));
  ctx.onTestFinished(() => server.close());
  address.mockRestore();
  expect(server.port).not.toBe(6000);
  expect((await get(server.port)).statusCode).toBe(204);
});

test("more pages than a session serves are refused, and one that is closed makes room", async (ctx) => {
  const peers: Peer[] = [];
  const server = await servePage(() =>
    Promise.resolve({ status: 200, headers: {}, body: "", admitted: true, stream: (peer) => void peers.push(peer) }),
  );
  ctx.onTestFinished(() => server.close());
  const open = await Promise.all(Array.from({ length: MOST_PAGE_STREAMS }, () => get(server.port)));
  expect(open.map(({ statusCode }) => statusCode)).toEqual(open.map(() => 200));
  expect((await get(server.port)).statusCode).toBe(503);
  open[0]!.destroy();
  await until("room for another one", async () => (await get(server.port)).statusCode === 200);

  // what is sent last arrives before the end
  let text = "";
  let hasEnded = false;
  open[1]!.on("data", (chunk: Buffer) => (text += chunk.toString())).once("end", () => (hasEnded = true));
  for (const peer of peers) peer.send({ event: "session.stopped" });
  await server.close();
  await until("the end", () => hasEnded);
  expect(text).toBe('data: {"event":"session.stopped"}\n\n');
});
