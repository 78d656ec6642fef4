import path from "node:path";
import type { Receipt } from "../model/events.ts";
import { socketFolder } from "../model/instance.ts";
import { parseRecord, type SessionRecord } from "../model/session-record.ts";
import { endSession } from "./end.ts";
import { takeEnded } from "./ended.ts";
import type { TeardownSystem } from "./deps.ts";

/** Longer than any teardown of the guardian's own, its grace not counted. */
const GUARDIAN_MS = 6_000;

export interface SweepOptions {
  record: SessionRecord;
  /** The instance's session file; removed in the end, unless another session has taken it by then. */
  recordFile: string;
  /** No grace. */
  force?: boolean;
}

/**
 * Ends what a session left whose engine is dead, or does not answer (then it is killed first). A guardian that is still
 * doing so is waited for; what it did is part of the receipt.
 */
export async function sweep(system: TeardownSystem, options: SweepOptions): Promise<Receipt> {
  const { record, recordFile, force = false } = options;
  const { processes, clock } = system;
  const began = clock.monotonic();
  processes.signal(record.engine, "SIGKILL");
  const guardian = [record.sentinel, record.shim].filter((one) => one !== null && processes.alive(one)) as NonNullable<
    SessionRecord["sentinel"]
  >[];
  if (!force) {
    const grace = Math.max(0, ...record.apps.map((app) => app.graceMs));
    await processes.waitGone(guardian, grace + GUARDIAN_MS);
  }
  for (const one of guardian) processes.signal(one, "SIGKILL");
  await processes.waitGone([record.engine, ...guardian], 1_000);

  const receipt = await endSession(system, { record, ...(force ? { hurry: AbortSignal.abort() } : {}) });
  const before = await takeEnded(system, recordFile, record.id);
  await forgetSession(system, recordFile, record);
  return {
    ...receipt,
    ended: [...(before?.ended ?? []), ...receipt.ended],
    ms: Math.round(clock.monotonic() - began),
  };
}

/** Ends what carries the mark of a session whose record is lost, and whose engine and sentinel are dead. */
export function sweepMarked(system: TeardownSystem, session: string, ports: number[]): Promise<Receipt> {
  const unknown = { pid: 0, startTime: "", bootId: "" };
  return endSession(system, {
    record: {
      version: 1,
      id: session,
      project: "",
      root: "",
      namespace: "",
      engine: unknown,
      sentinel: null,
      shim: null,
      daemon: null,
      apps: [],
      startedAt: "",
      detached: false,
      state: "stopping",
      pm2Home: "",
      socket: "",
      ports,
    },
  });
}

/** Removes what a session leaves behind on disk, and the session file, unless that is another session's by now. */
export async function forgetSession(
  system: Pick<TeardownSystem, "files">,
  recordFile: string,
  record: SessionRecord,
): Promise<void> {
  const { files } = system;
  await removeTraces(system, recordFile, record);
  const text = await files.readOwn(recordFile).catch(() => null);
  if (text === null || parseRecord(text)?.id !== record.id) return;
  await files.remove(recordFile).catch(() => {});
}

/** Folders: the environments of its apps, which hold the user's secrets, and its sockets where they have one. */
export function tracesOf(recordFile: string, record: SessionRecord): string[] {
  const sockets = socketFolder(record);
  return [path.join(path.dirname(recordFile), "env", record.id), ...(sockets === null ? [] : [sockets])];
}

export async function removeTraces(
  { files }: Pick<TeardownSystem, "files">,
  recordFile: string,
  record: SessionRecord,
): Promise<void> {
  await Promise.all(tracesOf(recordFile, record).map((folder) => files.remove(folder).catch(() => {})));
}
