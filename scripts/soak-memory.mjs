// npm run soak:memory [-- --quick]: what the processes of one session hold, in MB, while apps print ten million lines, while
// the engine is stopped in the middle of a million, `devpm wait` runs a thousand times, an app restarts two hundred times and
// a warm Python app is saved five thousand times; then what `devpm logs --grep` takes for all that is kept of the lines.
// It ends with exit code 1 where a process holds more than its bound, and leaves its figures in bench/out/soak-memory.json.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.mjs";
import { prepareOrExit } from "./prepare.mjs";

const quick = process.argv.includes("--quick");
const AMOUNTS = quick
  ? { lines: 1_000_000, stoppedMs: 5_000, waits: 50, restarts: 10, saves: 200 }
  : { lines: 10_000_000, stoppedMs: 60_000, waits: 1_000, restarts: 200, saves: 5_000 };

/** In MB: above what each holds while it is busy, far below what an unbounded queue takes. */
const BOUNDS = { engine: 300, daemon: 160, supervisor: 60 };
/** The time of the processor, which other work of the machine does not lengthen. */
const SEARCH_BOUNDS = { cpuMs: 1_000, megabytes: 150 };

const COUNTER = `
import os, sys, time
round = 0
while True:
    time.sleep(0.02)
    if not os.path.exists("go"):
        continue
    count = int(open("go").read())
    os.unlink("go")
    for n in range(0, count, 2000):
        sys.stdout.write("".join(f"line {at} of a busy app, as long as lines are\\n" for at in range(n, n + 2000)))
    sys.stdout.flush()
    round += 1
    print("counted", round, flush=True)
`;

const server = (version) => `
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"version ${version}.")

    def log_message(self, *words):
        pass

HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
`;

await prepareOrExit();
const root = path.dirname(import.meta.dirname);
const base = mkdtempSync(path.join(os.tmpdir(), "devpm-soak-"));
const project = path.join(base, "project");
const port = await freePort();
const env = { ...process.env, HOME: base, DEVPM_HOME: path.join(base, "state") };
mkdirSync(project);
write("count.py", COUNTER);
write("server.py", server(0));
write(
  "ecosystem.config.json",
  JSON.stringify({
    apps: {
      counter: { command: "python3 count.py" },
      server: { command: "python3 server.py", port, reload: "warm" },
      quiet: { command: "sleep 1000000" },
    },
  }),
);

let failed = false;
let rounds = 0;
try {
  devpm("dev", "--detach");
  const rows = [["at rest", held()]];
  await lines(AMOUNTS.lines);
  rows.push([`${AMOUNTS.lines.toLocaleString("en")} lines`, held()]);
  await linesWhileStopped(1_000_000);
  rows.push([
    `an engine stopped for ${AMOUNTS.stoppedMs / 1_000} s in the middle of 1,000,000 lines, and continued`,
    held(),
  ]);
  const searches = ["line \\d*99998 of", "(busy|idle)+ app, as long as lines are not"].map(searched);
  rows.push([`${AMOUNTS.waits} waits`, repeated(AMOUNTS.waits, () => devpm("wait", "quiet"))]);
  rows.push([`${AMOUNTS.restarts} restarts`, repeated(AMOUNTS.restarts, () => devpm("restart", "quiet"))]);
  rows.push([`${AMOUNTS.saves} saves`, await saves()]);
  report(rows, searches);
} finally {
  devpm("down");
  rmSync(base, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

function write(name, text) {
  writeFileSync(path.join(project, name), text);
}

function devpm(...args) {
  const done = spawnSync(process.execPath, [path.join(root, "bin/devpm.js"), ...args], {
    cwd: project,
    env,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  if (done.status !== 0) throw new Error(`devpm ${args.join(" ")}: ${done.stdout}${done.stderr}`);
  return done.stdout;
}

function record() {
  const instance = readdirSync(env.DEVPM_HOME).find((name) => name.startsWith("project-"));
  return JSON.parse(readFileSync(path.join(env.DEVPM_HOME, instance, "session.json"), "utf8"));
}

/** MB by process: what it holds now, and the most it ever held. */
function held() {
  const { engine, daemon } = record();
  const pids = {
    engine: engine.pid,
    daemon: daemon.pid,
    supervisor: JSON.parse(devpm("status", "--json")).apps.find(({ name }) => name === "server").pid,
  };
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, memoryOf(pid)]));
}

function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (field) => Math.round(Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024);
  return { now: megabytes("VmRSS"), most: megabytes("VmHWM") };
}

async function lines(count) {
  begin(count);
  await counted();
}

/** Whole before it is seen. */
function begin(count) {
  rounds++;
  write("go.part", String(count));
  renameSync(path.join(project, "go.part"), path.join(project, "go"));
}

/** The app has counted to the end, and the history has it. */
async function counted() {
  while (!devpm("logs", "counter", "-n", "1", "--no-follow").includes(`counted ${rounds}`)) await delay(500);
}

async function linesWhileStopped(count) {
  const { engine } = record();
  begin(count);
  while (existsSync(path.join(project, "go"))) await delay(5);
  process.kill(engine.pid, "SIGSTOP");
  await delay(AMOUNTS.stoppedMs);
  process.kill(engine.pid, "SIGCONT");
  await counted();
}

/** What a search of everything that is kept takes; the second pattern needs a guard, for it could take for ever. */
function searched(pattern) {
  const HELD =
    'process.on("exit", () => process.stderr.write(`held ${process.resourceUsage().maxRSS} cpu ${process.cpuUsage().user + process.cpuUsage().system}`))';
  const began = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...["--import", `data:text/javascript,${encodeURIComponent(HELD)}`, path.join(root, "bin/devpm.js")],
      ...["logs", "counter", "--grep", pattern, "--no-follow", "-n", "1000000"],
    ],
    { cwd: project, env, encoding: "utf8", maxBuffer: 1e9 },
  );
  if (status !== 0) throw new Error(`devpm logs --grep ${pattern}: ${stderr}`);
  const [, kilobytes, cpu] = /held (\d+) cpu (\d+)/.exec(stderr) ?? [];
  return {
    pattern,
    ms: Math.round(performance.now() - began),
    cpuMs: Math.round(cpu / 1_000),
    megabytes: Math.round(kilobytes / 1_024),
  };
}

function repeated(count, act) {
  for (let n = 0; n < count; n++) act();
  return held();
}

async function saves() {
  for (let n = 1; n <= AMOUNTS.saves; n++) {
    write("server.py", server(n));
    const answer = `version ${n}.`;
    for (let tries = 0; (await ask()) !== answer; tries++) {
      if (tries > 3_000) throw new Error(`save ${n} is not served`);
      await delay(5);
    }
  }
  return held();
}

function ask() {
  return fetch(`http://127.0.0.1:${port}/`).then(
    (answer) => answer.text(),
    () => "",
  );
}

function report(rows, searches) {
  const names = Object.keys(BOUNDS);
  const over = [
    ...names.filter((name) => rows.some(([, memory]) => memory[name].most > BOUNDS[name])),
    ...searches.filter(({ cpuMs, megabytes }) => cpuMs > SEARCH_BOUNDS.cpuMs || megabytes > SEARCH_BOUNDS.megabytes),
  ];
  const table = [
    `| after | ${names.map((name) => `${name}, MB (most)`).join(" | ")} |`,
    `|---|${names.map(() => "---|").join("")}`,
    ...rows.map(
      ([after, memory]) =>
        `| ${after} | ${names.map((name) => `${memory[name].now} (${memory[name].most})`).join(" | ")} |`,
    ),
  ];
  const found = searches.map(
    ({ pattern, ms, cpuMs, megabytes }) =>
      `| \`logs --grep '${pattern.replaceAll("|", "\\|")}'\` | ${cpuMs} ms | ${ms} ms | ${megabytes} MB |`,
  );
  const bounds = names.map((name) => `the ${name} ${BOUNDS[name]}`).join(", ");
  const markdown = [
    `\`npm run soak:memory\`, measured ${new Date().toISOString().slice(0, 10)}: MB that a process holds, and the most that it has held so far.
It fails above ${bounds}; a search above ${SEARCH_BOUNDS.megabytes} MB or ${SEARCH_BOUNDS.cpuMs} ms of CPU.`,
    "",
    ...table,
    "",
    "| through all that is kept | CPU | time | memory |",
    "|---|---|---|---|",
    ...found,
  ].join("\n");
  console.log(markdown);
  for (const one of over) console.log(`over its bound: ${JSON.stringify(one)}`);
  if (!quick) {
    mkdirSync(path.join(root, "bench/out"), { recursive: true });
    const file = path.join(root, "bench/out/soak-memory.json");
    writeFileSync(file, JSON.stringify({ bench: "soak-memory", at: new Date().toISOString(), markdown }, null, 2));
  }
  failed = over.length > 0;
}
