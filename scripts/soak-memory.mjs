// npm run soak:memory [-- --quick]: what the processes of one session hold, in MB, while apps print ten million lines, while
// `devpm wait` runs a thousand times, an app restarts two hundred times and a warm Python app is saved five thousand times.
// It ends with exit code 1 where a process holds more than its bound.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { prepareOrExit } from "./prepare.mjs";

const quick = process.argv.includes("--quick");
const AMOUNTS = quick
  ? { lines: 1_000_000, waits: 50, restarts: 10, saves: 200 }
  : { lines: 10_000_000, waits: 1_000, restarts: 200, saves: 5_000 };

/** In MB: above what each holds while it is busy, far below what an unbounded queue takes. */
const BOUNDS = { engine: 300, daemon: 160, supervisor: 60 };

const COUNTER = `
import os, sys, time
while True:
    time.sleep(0.02)
    if not os.path.exists("go"):
        continue
    os.unlink("go")
    for n in range(0, int(sys.argv[1]), 2000):
        sys.stdout.write("".join(f"line {at} of a busy app, as long as lines are\\n" for at in range(n, n + 2000)))
    sys.stdout.flush()
    print("counted", flush=True)
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
      counter: { command: `python3 count.py ${AMOUNTS.lines}` },
      server: { command: "python3 server.py", port, reload: "warm" },
      quiet: { command: "sleep 1000000" },
    },
  }),
);

let failed = false;
try {
  devpm("dev", "--detach");
  const rows = [["at rest", held()]];
  rows.push([`${AMOUNTS.lines.toLocaleString("en")} lines`, await lines()]);
  rows.push([`${AMOUNTS.waits} waits`, repeated(AMOUNTS.waits, () => devpm("wait", "quiet"))]);
  rows.push([`${AMOUNTS.restarts} restarts`, repeated(AMOUNTS.restarts, () => devpm("restart", "quiet"))]);
  rows.push([`${AMOUNTS.saves} saves`, await saves()]);
  print(rows);
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

/** MB by process: what it holds now, and the most it ever held. */
function held() {
  const instance = readdirSync(env.DEVPM_HOME).find((name) => name.startsWith("project-"));
  const record = JSON.parse(readFileSync(path.join(env.DEVPM_HOME, instance, "session.json"), "utf8"));
  const pids = {
    engine: record.engine.pid,
    daemon: record.daemon.pid,
    supervisor: JSON.parse(devpm("status", "--json")).apps.find(({ name }) => name === "server").pid,
  };
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, memoryOf(pid)]));
}

function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (field) => Math.round(Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024);
  return { now: megabytes("VmRSS"), most: megabytes("VmHWM") };
}

async function lines() {
  write("go", "");
  while (!devpm("logs", "counter", "-n", "1", "--no-follow").includes("counted")) await delay(500);
  return held();
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

function freePort() {
  return new Promise((resolve) => {
    const taken = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = taken.address();
      taken.close(() => resolve(free));
    });
  });
}

function print(rows) {
  const names = Object.keys(BOUNDS);
  console.log(`| after | ${names.map((name) => `${name}, MB (most)`).join(" | ")} |`);
  console.log(`|---|${names.map(() => "---|").join("")}`);
  for (const [after, memory] of rows)
    console.log(`| ${after} | ${names.map((name) => `${memory[name].now} (${memory[name].most})`).join(" | ")} |`);
  const over = names.filter((name) => rows.some(([, memory]) => memory[name].most > BOUNDS[name]));
  for (const name of over) console.log(`the ${name} held more than ${BOUNDS[name]} MB`);
  failed = over.length > 0;
}
