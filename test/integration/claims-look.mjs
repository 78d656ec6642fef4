// Looks at ports as `devpm dev` does. Usage: node claims-look.mjs DIST JSON, which is { wanted, context, free }.
// Prints { claims, freed, swept }. Orphans are swept where `sweep` is true.
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [dist, json] = process.argv.slice(2);
const { wanted, context, free, sweep } = JSON.parse(json);
const load = (file) => import(pathToFileURL(path.join(dist, file)).href);
const { processes } = await load("system/processes/processes.js");
const { ports } = await load("system/ports/ports.js");
const { clock } = await load("system/clock.js");
const { classifyClaims } = await load("preflight/ports/classify.js");
const { freePorts } = await load("preflight/ports/free.js");
const environment = { pid: process.pid, home: os.homedir(), user: os.userInfo().username, platform: process.platform };
const system = { environment, clock, processes, ports };
const claims = await classifyClaims(system, wanted, {
  session: "mine",
  root: "/here",
  otherSessions: [],
  claimed: new Map(),
  elsewhere: () => Promise.resolve([]),
  isGone: () => Promise.resolve(false),
  ...context,
  containersPublishing: async (port) => context?.published?.[port] ?? null,
});
const freed = free === undefined ? null : await freePorts(system, claims, free);
const { sweepMarked } = await load("teardown/sweep.js");
const { files } = await load("system/files/files.js");
const orphan = sweep ? claims.find((claim) => claim.is === "orphan") : undefined;
const swept = orphan ? await sweepMarked({ ...system, files }, orphan.session, [orphan.port]) : null;
process.stdout.write(JSON.stringify({ claims, freed, swept }));
