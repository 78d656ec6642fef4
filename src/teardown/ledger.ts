import type { EndedHow, Receipt } from "../model/events.ts";
import type { Identity } from "../model/process.ts";
import type { Rung } from "./ladder.ts";
import type { OwnedProcess } from "../model/ownership.ts";

export interface LedgerEntry {
  process: Identity;
  app: string;
  sent: Rung | null;
  /** PM2 was asked to end it. */
  withPm2: boolean;
  /** It could not be signalled: another user's. */
  denied: boolean;
}

/** What a teardown has found and done so far; the receipt is written from it. */
export class Ledger {
  readonly #entries = new Map<string, LedgerEntry>();

  /** The entry of a process, created when it is first found. */
  entry(one: OwnedProcess & { app: string }, withPm2: boolean): LedgerEntry {
    const { pid, startTime, bootId } = one.process;
    const key = `${pid} ${startTime}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = { process: { pid, startTime, bootId }, app: one.app, sent: null, withPm2, denied: false };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  /** Those that are gone. A nameless one that ended by itself was a short-lived helper (PM2's own ps): not reported. */
  ended(left: readonly Identity[], pm2Signal: EndedHow): Receipt["ended"] {
    const there = new Set(left.map((identity) => identity.pid));
    return [...this.#entries.values()]
      .filter((entry) => !there.has(entry.process.pid) && (entry.sent !== null || entry.app !== ""))
      .map((entry) => ({
        pid: entry.process.pid,
        app: entry.app,
        how: entry.sent ?? (entry.withPm2 ? pm2Signal : "exited"),
      }));
  }

  deniedPids(): Set<number> {
    return new Set([...this.#entries.values()].filter((entry) => entry.denied).map((entry) => entry.process.pid));
  }
}
