import { spawn } from "node:child_process";
import { fstatSync } from "node:fs";

/**
 * Calls back once the last reader of the pipe behind this descriptor is gone. A write would be refused, but there may be none for
 * hours, and Node cannot poll a pipe that it only writes to. GNU's tail does that for its own output, and ends with SIGPIPE;
 * with this process it ends, too. Another tail knows no `--pid` and fails: then the next write notices it, as ever.
 * Returns what ends it.
 */
export function onReaderGone(descriptor: number, gone: () => void): () => void {
  if (!isPipe(descriptor)) return () => {};
  const tail = spawn("tail", [`--pid=${process.pid}`, "-f", "/dev/null"], { stdio: ["ignore", descriptor, "ignore"] });
  tail.unref();
  tail.once("error", () => {});
  tail.once("exit", (_, signal) => {
    if (signal === "SIGPIPE") gone();
  });
  return () => void tail.kill();
}

function isPipe(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFIFO();
  } catch {
    return false;
  }
}
