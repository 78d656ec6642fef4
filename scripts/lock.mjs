// One at a time, over all processes of this machine that know the file. Plain Node: it runs before anything is installed.
import { linkSync, lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { execFileSync } from "node:child_process";

/** Longer than any installation takes; a longer wait means that something hangs. */
const LONGEST_MS = 20 * 60_000;

/** Takes the lock; returns its release. `waiting` is called once with the holder; one with a dead holder is taken. */
export async function lock(file, waiting, longestMs = LONGEST_MS) {
  const end = performance.now() + longestMs;
  for (let reported = false; ; await delay(100)) {
    const { release, holder } = tryLock(file);
    if (release) return release;
    if (holder === null) continue;
    if (performance.now() > end)
      throw new Error(`pid ${holder} has held ${file} for too long: end it, or remove the file`);
    if (!reported) waiting(holder);
    reported = true;
  }
}

/** `holder` is null where it is on its way from one to the next. */
function tryLock(file) {
  const own = JSON.stringify({ pid: process.pid, started: startedAt(process.pid) });
  if (create(file, own)) return { release: () => rmSync(file, { force: true }) };
  const found = read(file);
  if (found !== null && isHeld(found)) return { holder: JSON.parse(found).pid };
  if (found !== null) removeStale(file, found);
  return { holder: null };
}

/** Created with its content: any process that finds it finds its owner. False where there is one. */
function create(file, text) {
  const beside = `${file}.${process.pid}`;
  rmSync(beside, { force: true });
  writeFileSync(beside, text, { flag: "wx", mode: 0o600 });
  try {
    try {
      linkSync(beside, file);
    } catch (error) {
      if (error.code === "EEXIST") throw error;
      writeFileSync(file, text, { flag: "wx", mode: 0o600 }); // a disk without hard links
    }
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(beside, { force: true });
  }
}

/** The content of the lock, of whatever kind it is; null where it has just gone. */
function read(file) {
  try {
    return lstatSync(file).isFile() ? readFileSync(file, "utf8") : "";
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

/** Only one process may: the second would remove the lock of the first. */
function removeStale(file, found) {
  const { release } = tryLock(`${file}.takeover`);
  if (!release) return;
  if (read(file) === found) rmSync(file, { recursive: true, force: true });
  release();
}

function isHeld(text) {
  try {
    const { pid, started } = JSON.parse(text);
    return Number.isInteger(pid) && pid > 0 && startedAt(pid) === started;
  } catch {
    return false; // empty, cut short, or not one of ours
  }
}

/** Distinguishes a process from a later one with its pid; null where there is none. */
function startedAt(pid) {
  try {
    // the name before it may hold anything but is in brackets
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")[19];
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return null;
  }
}
