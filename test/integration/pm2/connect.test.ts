import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { faultOf } from "../../../src/diagnostics/fault.ts";
import { RELAY_SOCKET } from "../../../src/model/relay.ts";
import { pm2 } from "../../../src/system/pm2/pm2.ts";
import { builtDevpm, REPOSITORY } from "../../rigs/devpm.ts";
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

/** Holds the load of PM2 until the named pipe is written to. */
const HELD = `
const Module = require("node:module");
const load = Module._load;
Module._load = function (request, ...rest) {
  if (request === "pm2/lib/Utility.js") {
    Module._load = load;
    require("node:fs").readFileSync(process.env.HELD);
  }
  return load.call(this, request, ...rest);
};`;

it("a daemon is connected to and asked while it loads PM2, and answers then", async () => {
  builtDevpm();
  for (const name of ["logs", "pids", "modules"]) mkdirSync(path.join(home, name));
  const [held, hook] = [path.join(home, "held"), path.join(home, "hook.cjs")];
  execFileSync("mkfifo", [held]);
  writeFileSync(hook, HELD);
  const daemon = spawn(process.execPath, ["--require", hook, path.join(REPOSITORY, "dist/pm2/daemon-main.js")], {
    env: { PATH: process.env.PATH, HOME: home, PM2_HOME: home, HELD: held },
    stdio: "ignore",
  });
  const ended = once(daemon, "exit");
  onTestFinished(async () => {
    daemon.kill("SIGKILL");
    await ended;
  });
  const client = await pm2.connect(home, 30_000);
  const answer = client.version();
  await writeFile(held, "");
  expect(await answer).toBe(pm2.version());
  daemon.kill("SIGKILL");
  await client.close();
});
