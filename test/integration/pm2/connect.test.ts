import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { faultOf } from "../../../src/diagnostics/fault.ts";
import { RELAY_SOCKET } from "../../../src/model/relay.ts";
import { pm2 } from "../../../src/system/pm2/pm2.ts";
import { until } from "../../rigs/wait.ts";

let home: string;
const servers: Server[] = [];

beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), "dpm-pm2-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
  rmSync(home, { recursive: true, force: true });
});

/** How often it was connected to. */
async function serve(name: string): Promise<() => number> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.resume();
  });
  servers.push(server.listen(path.join(home, name)));
  await once(server, "listening");
  return () => count;
}

it("takes one connection of each socket: a daemon that boots has apps to start", async () => {
  const counts = [await serve(RELAY_SOCKET), await serve("rpc.sock")];
  const client = await pm2.connect(home, 30_000);
  await until("both", () => counts.every((count) => count() > 0));
  await client.close();
  expect(counts.map((count) => count())).toEqual([1, 1]);
});

it("a daemon that does not come up is no bug: the machine is not ready", async () => {
  const error = await pm2.connect(home, 20).catch((thrown: unknown) => thrown);
  const log = path.join(home, "pm2.log");
  expect(faultOf(error)).toMatchObject({
    code: "DEVPM_DAEMON_SILENT",
    evidence: [
      ["error", expect.any(String)],
      ["log", log],
    ],
  });
});
