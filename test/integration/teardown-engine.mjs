// An engine without a CLI: arms the guardian, has a supervisor start the given programs, and ends as it is told to.
// Usage: node teardown-engine.mjs DIST FOLDER JSON. `JSON`: { python, apps: [{ name, command, graceMs, ports }] }.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [dist, folder, json] = process.argv.slice(2);
const plan = JSON.parse(json);
const load = (file) => import(pathToFileURL(path.join(dist, file)).href);
const { processes } = await load("system/processes/processes.js");
const { helpers } = await load("system/processes/helpers.js");
const { ports } = await load("system/ports/ports.js");
const { files } = await load("system/files/files.js");
const { clock } = await load("system/clock.js");
const { armGuardian } = await load("teardown/guardian.js");
const { endSession } = await load("teardown/end.js");
const { identitiesOf } = await load("teardown/survey.js");
const system = { environment: { pid: process.pid }, processes, helpers, ports, files, clock };
const say = (what, value) => process.stdout.write(`${what} ${JSON.stringify(value)}\n`);

mkdirSync(folder, { recursive: true });
const recordFile = path.join(folder, "session.json");
const record = {
  version: 1,
  id: "s1",
  project: "p",
  root: folder,
  namespace: "n",
  engine: processes.identify(process.pid),
  sentinel: null,
  shim: null,
  daemon: null,
  apps: plan.apps.map(({ name, graceMs = 3000, ports: own = [] }) => ({
    name,
    pmId: null,
    pids: [],
    ports: own,
    graceMs,
  })),
  startedAt: new Date().toISOString(),
  detached: false,
  state: "starting",
  pm2Home: path.join(folder, "pm2"),
  socket: path.join(folder, "engine.sock"),
  ports: plan.apps.flatMap((app) => app.ports ?? []),
};
writeFileSync(recordFile, JSON.stringify(record));
const armedAt = performance.now();
say("arming", { pid: process.pid });
const outcome = await armGuardian(system, {
  record,
  recordFile,
  python: plan.python ?? null,
  cleared: () => Promise.resolve(say("cleared", {})),
  node: process.execPath,
  early: null,
  daemon: {
    file: plan.supervisor,
    args: [path.join(import.meta.dirname, "teardown-supervisor.py"), JSON.stringify(plan.apps), folder],
    env: { PATH: process.env.PATH, DEVPM_SESSION: record.id },
  },
  place: { logFile: path.join(folder, "daemon.log"), env: {} },
});
if (!outcome.ok) {
  say("failed", outcome.diagnostics);
  process.exit(3);
}
const guardian = outcome.value;
const { shim, sentinel, daemon, proof } = guardian;
Object.assign(record, { shim, sentinel, daemon });
writeFileSync(recordFile, JSON.stringify(record));
guardian.update(record);
writeFileSync(path.join(folder, "asked"), "");
void guardian.daemonGone.then(() => say("daemon-gone", {}));

const hurry = new AbortController();
let ending = false;
async function end(reason) {
  if (ending) return hurry.abort();
  ending = true;
  for (const { app, identity } of identitiesOf(system, record))
    record.apps.find((one) => one.name === app)?.pids.push(identity);
  const began = performance.now();
  const receipt = await endSession(system, { record, hurry: hurry.signal });
  const released = await guardian.release();
  await files.remove(recordFile);
  say("ended", { reason, receipt, released, ms: performance.now() - began });
  process.exit(receipt.leftovers.length > 0 ? 1 : 0);
}
void guardian.lost.then((part) => end(`lost ${part}`));
process.on("SIGINT", () => void end("SIGINT"));
process.on("SIGTERM", () => void end("SIGTERM"));
say("armed", {
  shim: shim?.pid ?? null,
  sentinel: sentinel.pid,
  daemon: daemon.pid,
  proof,
  ms: performance.now() - armedAt,
});
setInterval(() => {}, 1000);
