import { spawnSync } from "node:child_process";
import path from "node:path";

const RULES = path.join(import.meta.dirname, "python_rules.py");

/** The rules of the Python below ROOT/src (layers, cycles, sizes, messages, unused code), one line for each violation. */
export function pythonViolations(root: string): string[] {
  const done = spawnSync("python3", ["-B", RULES, root], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`python3 ${RULES}: ${done.error?.message ?? done.stderr}`);
  return done.stdout.split("\n").filter(Boolean);
}

/** Why this machine cannot judge them; null where it can. */
export const noPython = (): string | null =>
  spawnSync("python3", ["-c", ""]).status === 0 ? null : "python3 is not installed";
