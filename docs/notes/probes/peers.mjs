// What other tools do when they end, and with a port that is taken: the rows of docs/guides/comparison.md that are marked as run.
//
//   mkdir /tmp/peers && cd /tmp/peers && npm install concurrently@9 pm2@7 && python3 -m venv py && py/bin/pip install honcho
//   PATH=/tmp/peers/node_modules/.bin:/tmp/peers/py/bin:$PATH node …/docs/notes/probes/peers.mjs
//
// Each runs one app that listens on a port, with a child, and a daemon that forks twice. The tool gets Ctrl+C, or is killed: a line
// each says what of the app still lives two seconds later. Then something else holds the port.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const APP = `
import http.server, os, subprocess, sys, time
port = int(sys.argv[1])
subprocess.Popen(["sleep", "9911"])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "9922"])
    os._exit(0)
http.server.HTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler).serve_forever()
`;

/** How each tool runs `python3 app.py PORT`, in the foreground; `config` is written first. */
const TOOLS = {
  concurrently: { argv: (line) => ["concurrently", line], version: ["concurrently", "--version"] },
  honcho: {
    config: (line) => ["Procfile", `web: ${line}\n`],
    argv: () => ["honcho", "start"],
    version: ["honcho", "version"],
  },
  pm2: {
    config: (line) => ["app.config.cjs", `module.exports = { apps: [{ name: "web", script: "${line}" }] };`],
    argv: () => ["pm2-runtime", "start", "app.config.cjs"],
    version: ["pm2", "--version"],
  },
  devpm: {
    config: (line, port) => ["ecosystem.config.json", JSON.stringify({ apps: { web: { command: line, port } } })],
    argv: () => ["devpm", "dev"],
    version: ["devpm", "--version"],
  },
};

const found = (program) => spawnSync("which", [program]).status === 0;
const lines = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
  } catch {
    return "";
  }
};
const living = (folder) =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), line: lines(pid), cwd: cwdOf(pid) }))
    .filter(({ cwd, line }) => cwd === folder && /app\.py|sleep 99/.test(line) && !/concurrently|sh -c/.test(line));
function cwdOf(pid) {
  try {
    return execFileSync("readlink", [`/proc/${pid}/cwd`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}
const kinds = (all) =>
  [
    ["app", /app\.py/],
    ["child", /9911/],
    ["daemon", /9922/],
  ]
    .filter(([, pattern]) => all.some(({ line }) => pattern.test(line)))
    .map(([kind]) => kind)
    .join(", ") || "nothing";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the tool in a folder of its own; what it prints is collected. */
function started({ config, argv }, port) {
  const folder = mkdtempSync(path.join(tmpdir(), "peer-"));
  const line = `python3 app.py ${port}`;
  writeFileSync(path.join(folder, "app.py"), APP);
  if (config) {
    const [file, text] = config(line, port);
    writeFileSync(path.join(folder, file), text);
  }
  const [program, ...args] = argv(line);
  const own = { HOME: folder, PM2_HOME: path.join(folder, ".pm2"), DEVPM_HOME: path.join(folder, ".state") };
  const tool = spawn(program, args, { cwd: folder, env: { ...process.env, ...own }, detached: true });
  const printed = { text: "" };
  for (const stream of [tool.stdout, tool.stderr]) stream.on("data", (chunk) => (printed.text += chunk));
  return { folder, tool, printed };
}

async function cleared({ folder, tool }) {
  const left = living(folder);
  for (const pid of [...left.map((one) => one.pid), -tool.pid]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended
    }
  }
  await delay(300);
  rmSync(folder, { recursive: true, force: true });
}

async function ended(name, tool, signal) {
  const run = started(tool, await freePort());
  for (let turn = 0; turn < 100 && kinds(living(run.folder)) !== "app, child, daemon"; turn++) await delay(100);
  const before = kinds(living(run.folder));
  process.kill(signal === "SIGINT" ? -run.tool.pid : run.tool.pid, signal);
  await delay(2_000);
  console.log(`${name}\t${signal}\tran: ${before}\tleft: ${kinds(living(run.folder))}`);
  await cleared(run);
}

async function held(name, tool) {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const run = started(tool, holder.address().port);
  await Promise.race([once(run.tool, "exit"), delay(6_000)]);
  const names = run.printed.text.includes(`pid ${process.pid}`) ? "names the holder" : "does not name the holder";
  const starts = run.printed.text.match(/OSError|Errno 98/g)?.length ?? 0;
  console.log(`${name}\tport held\t${names}\tthe app's error: ${starts > 0 ? "shown" : "none, it was not started"}`);
  holder.close();
  await cleared(run);
}

for (const [name, tool] of Object.entries(TOOLS)) {
  if (!found(tool.version[0])) {
    console.log(`${name}\tnot on the PATH`);
    continue;
  }
  const version = spawnSync(tool.version[0], tool.version.slice(1), { encoding: "utf8" })
    .stdout.trim()
    .split("\n")
    .at(-1);
  console.log(`${name}\tversion ${version}`);
  for (const signal of ["SIGINT", "SIGKILL"]) await ended(name, tool, signal);
  await held(name, tool);
}
