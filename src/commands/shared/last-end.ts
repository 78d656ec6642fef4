import { readPast } from "../../logs/past.ts";
import type { Instance } from "../../model/instance.ts";
import { guardianNotice } from "../../session/diagnostics.ts";
import { readSessionFile } from "../../system/engine/session-file.ts";
import { readEnded } from "../../teardown/ended.ts";
import type { CommandSystem } from "./context.ts";
import { findStale } from "./stale.ts";

/** Its own end in order, which nobody may have seen: a detached one has no terminal. */
const BROKEN = {
  "guardian-lost": "the last session did not end by itself: a process that guards it was killed, and devpm ended it",
  failed: "the last session failed while it ran, and ended",
};

/**
 * How the last session here ended, where it did not end by itself; null: it did, one runs, or none ever ran. `asked`: the command that
 * shows it, where that has its errors.
 */
export async function lastEnd(system: CommandSystem, instance: Instance, asked?: "errors"): Promise<string | null> {
  const { interrupted, broken } = readPast(system.logFiles, instance.logs);
  if (broken !== null)
    return `${BROKEN[broken]}${broken === "failed" && !asked ? ": devpm errors has the reason" : ""}`;
  if (interrupted === null) return null;
  const record = await readSessionFile(system.files, instance.sessionFile);
  const lives = (part: "engine" | "sentinel" | "shim"): boolean => {
    const one = record?.[part];
    return one != null && system.processes.alive(one);
  };
  if (lives("engine")) return null;
  if (lives("sentinel") || lives("shim")) return "the last session's devpm was killed; its guardian is ending it";
  const receipt = await readEnded(system, instance.sessionFile, interrupted);
  if (receipt !== null) return guardianNotice(receipt);
  const stale = await findStale(system, instance);
  const left = stale === null ? "nothing of it runs" : "devpm down ends what is left";
  return `the last session did not end by itself: its devpm was killed, or the machine went down; ${left}`;
}
