import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const PS_MS = 1_000;

/**
 * Whether this process's job is the terminal's foreground one: another that reads it, or changes its settings, is stopped by
 * the kernel, a whole session too. null: unknown.
 */
export function isForeground(): boolean | null {
  const [group, foreground] = process.platform === "linux" ? groupsInProc() : groupsByPs();
  return group === undefined || foreground === undefined ? null : group === foreground;
}

/** The process group, and the one that the terminal has in front. */
function groupsInProc(): (string | undefined)[] {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [group, foreground];
  } catch {
    return [];
  }
}

function groupsByPs(): string[] {
  const ids = ["-o", "pgid=", "-o", "tpgid=", "-p", String(process.pid)];
  const { status, stdout } = spawnSync("/bin/ps", ids, { encoding: "utf8", timeout: PS_MS });
  return status === 0 ? stdout.trim().split(/\s+/) : [];
}
