// What takes longest of a start is begun before the command line is loaded: the shim, and PM2's daemon below it, boot on the
// other core meanwhile. They do nothing before a session takes them (src/session/take-instance.ts), and end where their lines
// close: where this process drops them, or is gone.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** Who sends these waits for this process; a terminal that was closed does not. */
const ENDING = ["SIGINT", "SIGTERM"];
const WITH_VALUE = ["-C", "--cwd", "--config"];
/** With one of these this process starts nothing itself. */
const NO_SESSION = ["--help", "-h", "-d", "--detach"];

/** Where the command line finds it (src/system/begun.ts). */
const BEGUN = Symbol.for("devpm.begun");

exports.begin = function begin() {
  if (process.platform !== "linux" || !startsSession()) return;
  try {
    beginShim();
  } catch {
    // no memory, no process, no home: the session finds that out too, and says so
  }
};

function beginShim() {
  const shim = require("./shim.js");
  const python = shim.pythonPath
    .split(":")
    .map((folder) => path.join(folder, "python3"))
    .find(isProgram);
  if (python === undefined) return; // the session looks further
  const id = shim.sessionId();
  const node = process.execPath;
  const { PATH, HOME = "" } = process.env;
  const home = path.isAbsolute(HOME) ? HOME : os.userInfo().homedir;
  // before there is anything that a signal could leave behind
  const begun = held(id);
  try {
    begun.child = shim.start({
      python,
      sentinel: shim.sentinelOf({ node, id }),
      daemon: shim.daemonOf({ node, id, path: PATH, home }),
      out: "ignore",
    });
  } finally {
    if (begun.child?.pid === undefined) begun.release();
    else globalThis[BEGUN] = begun;
  }
}

/** The engine of a detached session is started as `dev` too. */
function startsSession() {
  const words = process.argv.slice(2);
  while (WITH_VALUE.includes(words[0])) words.splice(0, 2);
  return words[0] === "dev" && !words.some((word) => NO_SESSION.includes(word));
}

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * A signal would end this process before what was begun has ended: it waits until the command line is loaded, which hears
 * it as long as nothing else does.
 */
function held(id) {
  const begun = { id, child: undefined, onSignal: () => {}, release };
  const listener = (signal) => process.listenerCount(signal) === 1 && begun.onSignal(signal);
  for (const signal of ENDING) process.on(signal, listener);
  return begun;

  function release() {
    for (const signal of ENDING) process.off(signal, listener);
  }
}
