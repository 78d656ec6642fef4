import path from "node:path";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { Clock } from "../../system/clock.ts";
import type { Files } from "../../system/files/files.ts";
import { readSessionFile } from "../../system/engine/session-file.ts";
import type { Processes } from "../../system/processes/types.ts";
import type { Instance } from "../../model/instance.ts";
import { engineOfOtherVersion, parseRecord, type SessionRecord } from "../../model/session-record.ts";
import { otherVersionRunning, sessionRunning } from "../diagnostics.ts";

interface LockSystem {
  files: Files;
  processes: Processes;
  clock: Clock;
}

/** The session file, as its owning engine handles it. */
export interface SessionLock {
  readonly record: SessionRecord;
  /** Writes the changed record, whole. A missing or full folder does not end a session: `false`. */
  update(change: Partial<SessionRecord>): Promise<boolean>;
  /** Called with every record from now on: the guardian must not depend on the file. */
  onChange(listener: (record: SessionRecord) => void): void;
  /** Dead sessions of this instance; each is to be swept, then removed. */
  stale: SessionRecord[];
  removeStale(stale: SessionRecord): Promise<void>;
  release(): Promise<void>;
}

const deadFolder = (instance: Instance): string => path.join(instance.folder, "dead");

/**
 * Takes the instance for a new session: the session file is created exclusively, and one that a dead session left is
 * moved aside first, where it stays until it is swept, so that a crash in between loses nothing.
 */
export async function acquireLock(
  system: LockSystem,
  instance: Instance,
  record: SessionRecord,
): Promise<Outcome<SessionLock>> {
  while (!(await system.files.create(instance.sessionFile, serialized(record)))) {
    const running = await archiveStale(system, instance);
    if (!running.ok) return running;
    if (running.value)
      return failed(sessionRunning(running.value, { stopped: system.processes.isStopped(running.value.engine.pid) }));
  }
  return ok(lockOf(system, instance, record, await staleSessions(system.files, instance)));
}

/**
 * Moves a dead session's file aside, for a sweep to find; returns the record where the session lives. Fails where another
 * version of devpm runs one: its file is not touched.
 */
export async function archiveStale(
  { files, processes }: LockSystem,
  instance: Instance,
): Promise<Outcome<SessionRecord | null>> {
  const text = await files.readOwn(instance.sessionFile);
  if (text === null) return ok(null);
  const found = parseRecord(text);
  if (found && processes.alive(found.engine)) return ok(found);
  const other = found === null ? engineOfOtherVersion(text) : null;
  if (other && processes.alive(other)) return failed(otherVersionRunning(other, instance));
  const aside = path.join(deadFolder(instance), `${found?.id ?? "unreadable"}.json`);
  await files.makeFolder(path.dirname(aside));
  await files.rename(instance.sessionFile, aside).catch(() => {});
  // another devpm may have taken the instance between the read and the rename: then what we moved is alive
  const moved = await readSessionFile(files, aside);
  if (moved && processes.alive(moved.engine)) {
    await files.rename(aside, instance.sessionFile);
    return ok(moved);
  }
  return ok(null);
}

/** Also read by `devpm down`, once the session file itself is retired. */
export async function staleSessions(files: Files, instance: Instance): Promise<SessionRecord[]> {
  const names = await files.list(deadFolder(instance));
  const records = await Promise.all(names.map((name) => readSessionFile(files, path.join(deadFolder(instance), name))));
  return records.filter((record) => record !== null);
}

export const removeStale = (files: Files, instance: Instance, stale: SessionRecord): Promise<void> =>
  files.remove(path.join(deadFolder(instance), `${stale.id}.json`));

function lockOf(
  { files }: LockSystem,
  instance: Instance,
  initial: SessionRecord,
  stale: SessionRecord[],
): SessionLock {
  let record = initial;
  let released = false;
  let changed: (record: SessionRecord) => void = () => {};
  let writing: Promise<boolean> = Promise.resolve(true);
  const write = (): Promise<boolean> =>
    released
      ? Promise.resolve(true)
      : files.write(instance.sessionFile, serialized(record)).then(
          () => true,
          () => false,
        );
  return {
    get record() {
      return record;
    },
    update(change) {
      record = { ...record, ...change };
      changed(record);
      writing = writing.then(write);
      return writing;
    },
    onChange(listener) {
      changed = listener;
      listener(record);
    },
    stale,
    removeStale: (one) => removeStale(files, instance, one),
    async release() {
      released = true;
      await writing;
      await files.remove(instance.sessionFile).catch(() => {});
    },
  };
}

const serialized = (record: SessionRecord): string => `${JSON.stringify(record, null, 2)}\n`;
