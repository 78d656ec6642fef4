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

export interface LastEnd {
  /** How the session ended. */
  sentence: string;
  /** Its reason is among what `devpm errors` shows. */
  isInErrors: boolean;
}

/** For every command but `devpm errors`. */
export const endLine = ({ sentence, isInErrors }: LastEnd): string =>
  `${sentence}${isInErrors ? ": devpm errors has the reason" : ""}`;

/** How the last session here ended, where it did not end by itself; null: it did, one runs, or none ever ran. */
export async function lastEnd(system: CommandSystem, instance: Instance): Promise<LastEnd | null> {
  const { interrupted, broken } = readPast(system.logFiles, instance.logs);
  if (broken !== null) return { sentence: BROKEN[broken], isInErrors: broken === "failed" };
  const sentence = interrupted === null ? null : await howInterrupted(system, instance, interrupted);
  return sentence === null ? null : { sentence, isInErrors: false };
}

/** `session`: the id of the one that did not say how it ended. null: it runs. */
async function howInterrupted(system: CommandSystem, instance: Instance, session: string): Promise<string | null> {
  const record = await readSessionFile(system.files, instance.sessionFile);
  const lives = (part: "engine" | "sentinel" | "shim"): boolean => {
    const one = record?.[part];
    return one != null && system.processes.alive(one);
  };
  if (lives("engine")) return null;
  if (lives("sentinel") || lives("shim")) return "the last session's devpm was killed; its guardian is ending it";
  const receipt = await readEnded(system, instance.sessionFile, session);
  if (receipt !== null) return guardianNotice(receipt);
  const stale = await findStale(system, instance);
  const left = stale === null ? "nothing of it runs" : "devpm down ends what is left";
  return `the last session did not end by itself: its devpm was killed, or the machine went down; ${left}`;
}
