import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { cleanEnvironment } from "./environment.ts";
import { onlyOne } from "./only-one.ts";
import { runProgram } from "./program.ts";

/**
 * A virtual environment with these requirements, made once and kept: its folder. Made in place, since a venv cannot
 * be moved; a mark says that it is whole. `python` may be any interpreter; python3 by default.
 */
export async function pythonWith(requirements: readonly string[], python = "python3"): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([python, ...requirements]))
    .digest("hex")
    .slice(0, 12);
  const kept = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "devpm-tests");
  const folder = path.join(kept, `venv-${key}`);
  const whole = path.join(folder, "whole");
  if (existsSync(whole)) return folder;
  mkdirSync(kept, { recursive: true });
  await onlyOne(folder, async () => {
    if (!existsSync(whole)) await make(folder, python, requirements);
  });
  return folder;
}

async function make(folder: string, python: string, requirements: readonly string[]): Promise<void> {
  const kept = path.dirname(folder);
  const env = cleanEnvironment(process.env.HOME ?? homedir());
  const run = async (...command: string[]): Promise<void> => {
    const done = await runProgram(command, { env, cwd: kept, deadlineMs: 600_000 });
    if (done.code !== 0) throw new Error(`${command.join(" ")} failed:\n${done.output}`);
  };
  rmSync(folder, { recursive: true, force: true });
  await run(python, "-m", "venv", folder);
  await run(path.join(folder, "bin/python"), "-m", "pip", "install", "--quiet", ...requirements);
  renameSync(mkdtempSync(path.join(kept, "whole-")), path.join(folder, "whole"));
}
