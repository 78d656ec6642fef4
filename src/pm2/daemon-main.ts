/**
 * The private PM2 daemon, as a program of its own. It is PM2's own daemon with faults patched that nothing could be
 * built on; the guardian starts it, with an environment that holds nothing of the user's shell but PATH and HOME.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { RELAY_SOCKET } from "../model/relay.ts";
import { passGate } from "../system/pm2/daemon-gate.ts";
import { readTogether } from "../system/pm2/packages.ts";
import { silenceDebug } from "../system/pm2/replace-module.ts";
import { patchBus, Relay, type Bus, type KnownProcesses } from "./patch-bus.ts";
import { patchConsole, type ConsoleOwner } from "./patch-console.ts";
import { patchEnvironment } from "./patch-environment.ts";
import { DEFERRED, patchModules } from "./patch-modules.ts";
import { patchOrder, type Ending } from "./patch-order.ts";
import { patchOutput } from "./patch-output.ts";
import { patchPrepare, type Common, type Preparing } from "./patch-prepare.ts";
import { listenFor, patchSockets } from "./patch-sockets.ts";
import { patchTreeKill } from "./patch-tree-kill.ts";
import { patchWatch, type God } from "./patch-watch.ts";
import { patchWorker, type Worker } from "./patch-worker.ts";

/** The apps are started by then. */
const REST_MS = 10_000;

/** Node's own modules that PM2 loads. */
const NODES = ["child_process", "cluster", "net", "tty"];

const require = createRequire(import.meta.filename);
const loadPm2 = readTogether("pm2-daemon");
for (const name of NODES) require(`node:${name}`);
// node has booted before there was a session; PM2 itself reads its home when it is loaded
passGate();
const home = process.env.PM2_HOME ?? "";
const relay = new Relay();
relay.listen(path.join(home, RELAY_SOCKET));
listenFor(path.join(home, "rpc.sock"));
const { Daemon, god, common, version } = loadPm2(() => {
  const pm2Require = createRequire(require.resolve("pm2/lib/Daemon.js"));
  silenceDebug(pm2Require);
  patchModules(pm2Require, DEFERRED);
  patchEnvironment();
  patchOutput(relay);
  patchSockets();
  patchTreeKill(require);
  patchConsole(require("pm2/lib/Utility.js") as ConsoleOwner);
  // it starts `df` every 30 seconds, for a screen of PM2's own that cannot be opened here
  (require("pm2/lib/tools/SysMetrics.js") as { collect: () => void }).collect = () => {};
  return {
    Daemon: require("pm2/lib/Daemon.js") as new () => { innerStart(ready: () => void): void },
    god: require("pm2/lib/God.js") as God & Ending & Preparing & Worker & { bus: Bus; clusters_db: KnownProcesses },
    common: require("pm2/lib/Common.js") as Common,
    version: (require("pm2/package.json") as { version: string }).version,
  };
});
patchPrepare(god, common, home);
patchOrder(god);
patchWatch(god);
patchWorker(god);
patchBus(god.bus, relay, god.clusters_db);
process.title = `PM2 v${version}: God Daemon (${home})`;
// innerStart, not start: PM2's start answers an error of its own by spawning `pm2 update`, outside of our ownership.
// A daemon that throws ends here, and the engine reports it. Instead of the 17 lines about itself with which PM2 greets its log
// before it takes a call, nothing.
new Daemon().innerStart(() => {});
// a start takes more than the hours that follow it, in which nothing else would collect what is left of it
setTimeout(() => void rest(), REST_MS).unref();

async function rest(): Promise<void> {
  // loaded only now: it needs one more of Node's modules
  const { releaseMemory } = await import("../system/memory.ts");
  releaseMemory();
}
