import path from "node:path";
import type { SessionEvent, Stamped } from "../../../src/model/events.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import type { SessionRecord } from "../../../src/model/session-record.ts";
import type { SessionLock } from "../../../src/session/store/lock.ts";
import { createEventStream } from "../../../src/session/stream.ts";
import type { Environment } from "../../../src/system/environment.ts";
import { files, type Files } from "../../../src/system/files/files.ts";
import type { System } from "../../../src/system/system.ts";
import { folderWith } from "../config/outside.ts";
import { machine } from "../machine.ts";
import { environment as plainEnvironment } from "../preflight/place.ts";
import { record } from "../teardown/sample.ts";
import { virtualClock } from "../virtual-clock.ts";

/** A session file that is kept in memory: what was recorded is what a teardown without the engine would read. */
export function lockOf(first: Partial<SessionRecord> = {}): SessionLock & { updates: Partial<SessionRecord>[] } {
  let now = record(first);
  const updates: Partial<SessionRecord>[] = [];
  return {
    updates,
    get record() {
      return now;
    },
    update(change) {
      updates.push(change);
      now = { ...now, ...change };
      return Promise.resolve(true);
    },
    onChange: (listener) => listener(now),
    stale: [],
    removeStale: () => Promise.resolve(),
    release: () => Promise.resolve(),
  };
}

/**
 * What a session's parts stand on: real files in a folder of their own, processes, ports and time that exist only here. A part
 * that a test does not name is absent, so that a call of it fails.
 */
export function sessionRoom(contents: Readonly<Record<string, string>> = {}, more: Partial<System> = {}) {
  const root = folderWith(contents);
  const simulated = machine();
  const clock = virtualClock();
  const environment: Environment = {
    ...plainEnvironment,
    cwd: root,
    home: root,
    shell: { DEVPM_HOME: path.join(root, ".state"), PATH: path.join(root, "bin") },
  };
  // the common place of a user's claims is the machine's own: the next one is in the state folder
  const makePrivate: Files["makePrivate"] = () => Promise.resolve({ state: "unsafe", reason: "it is another user's" });
  const system = {
    environment,
    files: { ...files, makePrivate },
    clock,
    processes: simulated.processes,
    ports: { ...simulated.ports, network: () => "7" },
    ...more,
  } as System;
  const stream = createEventStream(clock);
  const events: SessionEvent[] = [];
  stream.subscribe((stamped: Stamped) => {
    const { at: _, ...event } = stamped;
    events.push(event);
  });
  return { root, simulated, clock, system, stream, events, instance: instanceOf(root, environment) };
}

/** Everything that needs files but no time. */
export const untilDone = async (isDone: () => boolean): Promise<void> => {
  for (const began = Date.now(); !isDone(); await new Promise((resolve) => void setImmediate(resolve)))
    if (Date.now() > began + 30_000) throw new Error("it never came about");
};
