/**
 * The private PM2 daemon, as a program of its own. It is PM2's own daemon with three faults patched that nothing could
 * be built on; the guardian starts it, with an environment that holds nothing of the user's shell but PATH and HOME.
 */
import { createRequire } from "node:module";
import { DEFERRED, patchModules } from "./patch-modules.ts";
import { patchOutput } from "./patch-output.ts";
import { patchTreeKill } from "./patch-tree-kill.ts";
import { patchWatch, type God } from "./patch-watch.ts";

const require = createRequire(import.meta.url);

patchModules(createRequire(require.resolve("pm2/lib/Daemon.js")), DEFERRED);
patchOutput();
patchTreeKill(require);
// it starts `df` every 30 seconds, for a screen of PM2's own that nobody can open here
(require("pm2/lib/tools/SysMetrics.js") as { collect: () => void }).collect = () => {};
const Daemon = require("pm2/lib/Daemon.js") as new () => { innerStart(): void };
patchWatch(require("pm2/lib/God.js") as God);
const { version } = require("pm2/package.json") as { version: string };
process.title = `PM2 v${version}: God Daemon (${process.env.PM2_HOME})`;
// innerStart, not start: PM2's start answers an error of its own by spawning `pm2 update`, outside of our ownership.
// A daemon that throws ends here, and the engine reports it.
new Daemon().innerStart();
