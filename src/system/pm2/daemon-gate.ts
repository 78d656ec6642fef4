import { readFileSync } from "node:fs";
import type { DaemonPlace } from "../../model/daemon-place.ts";
import { printTo } from "../terminal/print-to.ts";

/**
 * Where PM2's daemon was started before its session was guarded, it waits here: its standard input says where it is to run, or
 * closes without a word, and then there is no session.
 */
export function passGate(): void {
  if (process.env.PM2_HOME !== undefined) return;
  const told = readFileSync(0, "utf8");
  if (told === "") process.exit(0);
  const { cwd, logFile, env } = JSON.parse(told) as DaemonPlace;
  Object.assign(process.env, env);
  printTo(logFile);
  if (cwd !== undefined) process.chdir(cwd);
}
