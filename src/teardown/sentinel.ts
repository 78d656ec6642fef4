import { parseRecord, type SessionRecord } from "../model/session-record.ts";
import { clock } from "../system/clock.ts";
import { files } from "../system/files/files.ts";
import { ports } from "../system/ports/ports.ts";
import type { Identity } from "../model/process.ts";
import { processes } from "../system/processes/processes.ts";
import { clearFooter } from "../system/terminal/terminal-device.ts";
import { endSession } from "./end.ts";
import { endedFile, type Ended } from "./ended.ts";
import { forgetSession } from "./sweep.ts";

/** What the sentinel knows, and what it does when the engine is gone. */
export interface Sentinel {
  /** A message of the engine; the pids are those of the shim and of PM2's daemon, where they are known. */
  take(message: Record<string, unknown>, shim: number | undefined, daemon: number | undefined): void;
  /** false: it knows of no session. */
  tearDown(): Promise<boolean>;
}

/** A program of its own: it constructs its System itself. */
export function createSentinel(pid: number): Sentinel {
  const system = { clock, files, processes, ports, environment: { pid } };
  const hurry = new AbortController();
  const self = processes.identify(pid);
  let record: SessionRecord | null = null;
  let recordFile = "";
  let shim: Identity | null = null;
  let daemon: Identity | null = null;

  return {
    take(message, shimPid, daemonPid) {
      if (message.hurry) hurry.abort();
      if (message.record) record = parseRecord(JSON.stringify(message.record));
      if (typeof message.arm !== "string") return;
      recordFile = message.arm;
      shim = shimPid === undefined ? null : processes.identify(shimPid);
      daemon = daemonPid === undefined ? null : processes.identify(daemonPid);
    },

    async tearDown() {
      if (!record) return false;
      // its settings are the shell's to restore, which may be at its prompt by now
      if (record.terminal !== undefined) clearFooter(record.terminal);
      const whole = { ...record, shim: record.shim ?? shim, sentinel: self, daemon: record.daemon ?? daemon };
      const receipt = await endSession(system, { record: whole, hurry: hurry.signal });
      const ended: Ended = { id: whole.id, receipt };
      // with the state folder gone or the disk full there is no place to report it, and nothing else is lost
      await files.write(endedFile(recordFile), JSON.stringify(ended)).catch(() => {});
      await forgetSession(system, recordFile, whole);
      return true;
    },
  };
}
