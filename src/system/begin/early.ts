import { accessSync, constants, statSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import { BEGUN, type BegunProcess } from "../begun.ts";
import { daemonOf, pythonPath, sentinelOf, sessionId, spawnShim } from "./shim.ts";

/** Who sends these waits for this process; a terminal that was closed does not. */
const ENDING = ["SIGINT", "SIGTERM"] as const;
const WITH_VALUE = ["-C", "--cwd", "--config"];
/** With one of these this process starts nothing itself. */
const NO_SESSION = ["--help", "-h", "-d", "--detach"];

/**
 * What takes longest of a start is begun before the command line is loaded: the shim, and PM2's daemon below it, boot on the
 * other core meanwhile. They do nothing before a session takes them (src/session/take-instance.ts), and end where their lines
 * close: where this process drops them, or is gone.
 */
export function beginSession(): void {
  if (process.platform !== "linux" || !startsSession()) return;
  try {
    beginShim();
  } catch {
    // no memory, no process, no home: the session finds that out too, and says so
  }
}

function beginShim(): void {
  const python = pythonPath
    .split(":")
    .map((folder) => path.join(folder, "python3"))
    .find(isProgram);
  if (python === undefined) return; // the session looks further
  const id = sessionId();
  const node = process.execPath;
  const { PATH, HOME = "" } = process.env;
  const home = path.isAbsolute(HOME) ? HOME : userInfo().homedir;
  const signals = heldSignals();
  try {
    const child = spawnShim({
      python,
      sentinel: sentinelOf({ node, id }),
      daemon: daemonOf({ node, id, path: PATH, home }),
      out: "ignore",
    });
    if (child.pid === undefined) return signals.release();
    (globalThis as { [BEGUN]?: BegunProcess })[BEGUN] = Object.assign(signals, { id, child });
  } catch (error) {
    signals.release();
    throw error;
  }
}

/** The engine of a detached session is started as `dev` too. */
function startsSession(): boolean {
  const words = process.argv.slice(2);
  while (WITH_VALUE.includes(words[0] ?? "")) words.splice(0, 2);
  return words[0] === "dev" && !words.some((word) => NO_SESSION.includes(word));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * From before there is anything that a signal could leave behind: one would end this process before what was begun has ended. It
 * waits until the command line is loaded, which hears it as long as nothing else does.
 */
function heldSignals(): Pick<BegunProcess, "onSignal" | "release"> {
  const listener = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) === 1) held.onSignal(signal);
  };
  const held: Pick<BegunProcess, "onSignal" | "release"> = {
    onSignal: () => {},
    release() {
      for (const signal of ENDING) process.off(signal, listener);
    },
  };
  for (const signal of ENDING) process.on(signal, listener);
  return held;
}
