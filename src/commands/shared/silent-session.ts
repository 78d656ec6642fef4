import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Instance } from "../../model/instance.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { readSessionFile } from "../../system/engine/session-file.ts";
import type { CommandContext } from "./context.ts";
import { noSession } from "./names.ts";
import { duration } from "../../util/text.ts";
import { findStale } from "./stale.ts";

/** A session whose engine lives and does not answer. */
export interface Silent {
  record: SessionRecord;
  /** By SIGSTOP or Ctrl+Z; else it is busy or hangs. */
  stopped: boolean;
}

/** For a command that could not reach the engine. null: no session is here, or it is starting and has no socket yet. */
export async function findSilent(
  { system }: CommandContext,
  { sessionFile }: Pick<Instance, "sessionFile">,
): Promise<Silent | null> {
  const { files, processes } = system;
  const record = await readSessionFile(files, sessionFile);
  if (record === null || !processes.alive(record.engine)) return null;
  const stopped = processes.isStopped(record.engine.pid);
  return stopped || (await files.kind(record.socket)) !== null ? { record, stopped } : null;
}

/** On a machine that has no time for it an engine answers late; one that is stopped does not at all. Milliseconds. */
export const BUSY_MS = 5_000;
/** How long `reached` has waited for one that is busy. */
export const REACHED_MS = 1_000 + BUSY_MS;

/** A session that did not answer may do so if it gets more time. */
export const isBusy = async (context: CommandContext, instance: Pick<Instance, "sessionFile">): Promise<boolean> =>
  (await findSilent(context, instance))?.stopped === false;

/** The session's engine, which gets more time where it is busy. null: none answers. */
export async function reached(context: CommandContext, instance: Instance): Promise<EngineClient | null> {
  const { system } = context;
  const engine = await system.connectEngine(instance);
  return engine === null && (await isBusy(context, instance)) ? system.connectEngine(instance, BUSY_MS) : engine;
}

export const whySilent = ({ record: { engine }, stopped }: Silent): string =>
  `its engine (pid ${engine.pid}) ${stopped ? "is stopped, by SIGSTOP or Ctrl+Z" : "is busy, or hangs"}`;

/** What a command says that needs a session and got no answer. `waitedMs`: for how long it has waited for one that is not stopped. */
export async function unreachable(
  context: CommandContext,
  instance: Instance,
  command: string,
  waitedMs = 1_000,
): Promise<Diagnostic> {
  const silent = await findSilent(context, instance);
  return silent === null
    ? noSession(instance, command, await findStale(context.system, instance))
    : silentSession(silent, waitedMs);
}

export function silentSession(silent: Silent, waitedMs: number): Diagnostic {
  const { project, engine, root } = silent.record;
  return {
    code: "DEVPM_SESSION_SILENT",
    severity: "error",
    summary: `The session of ${project} does not answer`,
    evidence: [
      ["because", `${whySilent(silent)}${silent.stopped ? "" : `: no answer within ${duration(waitedMs)}`}`],
      ["folder", root],
    ],
    state: "Nothing was changed.",
    fixes: [
      silent.stopped
        ? { label: "continue it", command: `kill -CONT ${engine.pid}` }
        : { label: "look again", command: "devpm status" },
      { label: "or end it", command: "devpm down" },
    ],
  };
}
