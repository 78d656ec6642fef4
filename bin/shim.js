// How the shim (src/teardown/shim.py) is started, and by it PM2's daemon, which waits at its standard input: by bin/early.js
// before the command line is loaded, or by a session. Nothing here knows which session it is for, but for its id.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const DIST = path.join(__dirname, "../dist");

/** Nothing of the user's: what they run is in the session's record. */
const BARE = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C" };

/** It needs little: one small heap, no worker threads. */
const SENTINEL = [
  "--max-semi-space-size=1",
  "--v8-pool-size=0",
  "--max-old-space-size=64",
  path.join(DIST, "lib/sentinel-main.js"),
];

/** The system's own python first: a version manager's shim is a shell script that takes 100 ms and forks. */
exports.pythonPath = "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin";

const ID_BYTES = 6;

/** Of a new session. From the kernel: to load node:crypto takes 2 ms, for which nothing else can begin. */
exports.sessionId = function sessionId() {
  const device = fs.openSync("/dev/urandom", "r");
  try {
    const bytes = Buffer.alloc(ID_BYTES);
    fs.readSync(device, bytes);
    return bytes.toString("hex");
  } finally {
    fs.closeSync(device);
  }
};

/** Other sessions find a sentinel by the id. */
exports.sentinelOf = ({ node, id }) => ({ file: node, args: [...SENTINEL, id], env: BARE });

/** PM2's own process has no user settings, no secret, and no connection to its vendor. Its PM2_HOME comes when it may begin. */
exports.daemonOf = ({ node, id, path: searched = "/usr/bin:/bin", home }) => ({
  file: node,
  args: [path.join(DIST, "lib/daemon-main.cjs")],
  env: {
    PATH: searched,
    HOME: home,
    PM2_KILL_SIGNAL: "SIGTERM",
    PM2_NO_INTERACTION: "true",
    PM2_DISABLE_VERSION_CHECK: "true",
    DEVPM_SESSION: id,
  },
});

/** Two lines lead to it, as descriptors 3 and 4: the sentinel's and its own. `out`: a descriptor, or "ignore". */
exports.start = function start({ python, sentinel, daemon, out }) {
  const shim = path.join(DIST, "teardown/shim.py");
  const child = spawn(python, ["-I", "-S", "-B", shim, sentinel.file, ...sentinel.args], {
    env: BARE,
    // in a session of its own: Ctrl+C in the terminal is for the engine
    detached: true,
    stdio: ["ignore", out, out, "pipe", "pipe"],
  });
  child.unref();
  child.on("error", () => {}); // it has no pid then
  // one that is gone is known by its line, which closes
  for (const line of child.stdio.slice(3)) line.on("error", () => {});
  if (child.pid !== undefined) child.stdio[4].write(`${inHex(daemon)}\n`);
  return child;
};

/** As the shim reads it before python has loaded anything that reads JSON. */
function inHex({ file, args, env }) {
  const argv = [file, ...args];
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return Buffer.from([String(argv.length), ...argv, ...variables].join("\0")).toString("hex");
}
