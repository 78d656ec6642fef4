import type { Receipt } from "../model/events.ts";
import type { SessionRecord } from "../model/session-record.ts";
import { same } from "../model/process.ts";
import { endDaemon, freezeDaemon } from "./daemon.ts";
import { wholeGroups } from "../model/protected-programs.ts";
import { KILL_LIMIT_MS, rung, STRAY_GRACE_MS, untilNextRung, type Rung, type Standing } from "./ladder.ts";
import { Ledger, type Entry } from "./ledger.ts";
import type { TeardownSystem } from "./deps.ts";
import { releasePorts } from "./release-ports.ts";
import { survey, type Survey } from "./survey.ts";
import { abortsWith } from "../util/abort.ts";

export interface EndOptions {
  record: SessionRecord;
  /** Skips the grace from the moment it aborts: the second Ctrl+C, `down --force`. */
  hurry?: AbortSignal;
  /**
   * Stops PM2's watches and deletes its apps by id, which signals them. Not called when PM2's daemon is dead or stopped;
   * given up after `deadlineMs`. Whatever it leaves is ended directly.
   */
  deletePm2Apps?: (deadlineMs: number) => Promise<unknown>;
  /** What PM2 signals with: for the receipt. */
  pm2Signal?: "SIGINT" | "SIGTERM";
  /** Services that stay up, for the receipt. */
  infraUp?: string[];
}

const PM2_DEADLINE_MS = 1_000;

/** A scan costs a few milliseconds: often enough to find what stubborn apps start, rarely enough to be cheap. */
const LOOK_AGAIN_MS = 100;

/**
 * Ends everything of a session but its engine and guardian, and returns what it did. Run by the engine, by the guardian
 * when the engine died, and by the sweep of a later command: running it twice, or two at the same time, does no harm.
 */
export async function endSession(system: TeardownSystem, options: EndOptions): Promise<Receipt> {
  const began = system.clock.monotonic();
  const ending = new Ending(system, options, began);
  const last = await ending.run();
  const { record } = options;
  const ports = await releasePorts(
    system,
    record,
    last.targets.map((one) => one.process),
  );
  const left = last.targets.filter((one) => system.processes.alive(one.process));
  const denied = ending.ledger.deniedPids();
  return {
    ended: ending.ledger.ended(
      left.map((one) => one.process),
      options.pm2Signal ?? "SIGINT",
    ),
    leftovers: left.map(({ app, process: { pid, comm, state } }) => ({
      pid,
      app,
      command: system.processes.describe(pid)?.command ?? comm,
      reason: denied.has(pid) ? "belongs to another user" : `survived SIGKILL, state ${state}`,
    })),
    spared: last.spared.map(({ app, process: { pid, comm } }) => ({
      pid,
      app,
      command: system.processes.describe(pid)?.command ?? comm,
    })),
    ...ports,
    infraUp: options.infraUp ?? [],
    ms: Math.round(system.clock.monotonic() - began),
  };
}

class Ending {
  readonly ledger = new Ledger();
  readonly #system: TeardownSystem;
  readonly #options: EndOptions;
  readonly #began: number;
  #pm2Busy = false;
  #pm2Done: Promise<void> = Promise.resolve();

  constructor(system: TeardownSystem, options: EndOptions, began: number) {
    this.#system = system;
    this.#options = options;
    this.#began = began;
  }

  /** Scans and signals until two scans in a row find nothing, PM2's daemon ended between them. */
  async run(): Promise<Survey> {
    this.#beginPm2();
    const { record } = this.#options;
    let quiet = 0;
    for (;;) {
      const look = survey(this.#system, record);
      const entries = look.targets.map((one) => this.ledger.entry(one, one.underDaemon && this.#pm2Busy));
      this.#signal(look, entries);
      if (entries.length > 0) quiet = 0;
      else if (!this.#pm2Busy) {
        if (quiet === 1) return look;
        quiet++;
        await endDaemon(this.#system, record);
        continue;
      }
      if (this.#isOver(entries)) {
        await endDaemon(this.#system, record);
        return look;
      }
      await this.#pause(entries);
    }
  }

  get #elapsed(): number {
    return this.#system.clock.monotonic() - this.#began;
  }

  get #hurried(): boolean {
    return this.#options.hurry?.aborted ?? false;
  }

  /** PM2 first, where it can answer: it would restart whatever it did not delete itself. */
  #beginPm2(): void {
    const { deletePm2Apps, record } = this.#options;
    const frozen = freezeDaemon(this.#system, record, deletePm2Apps !== undefined);
    if (frozen || !deletePm2Apps) return;
    this.#pm2Busy = true;
    this.#pm2Done = this.#whilePm2(deletePm2Apps(PM2_DEADLINE_MS));
  }

  async #whilePm2(deleted: Promise<unknown>): Promise<void> {
    const { record, hurry } = this.#options;
    try {
      await this.#system.clock.within(deleted, PM2_DEADLINE_MS, hurry);
    } catch {
      freezeDaemon(this.#system, record, false);
    }
    this.#pm2Busy = false;
  }

  #standing(entry: Entry): Standing {
    const app = this.#options.record.apps.find((one) => one.name === entry.app);
    return {
      sent: entry.sent,
      graceMs: app?.graceMs ?? STRAY_GRACE_MS,
      withPm2: entry.withPm2 && this.#pm2Busy,
    };
  }

  #signal(look: Survey, entries: Entry[]): void {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const due = entries.filter((entry) => rung(this.#standing(entry), this.#elapsed, this.#hurried) === signal);
      if (due.length > 0) this.#deliver(look, due, signal);
    }
  }

  #deliver({ all, targets }: Survey, due: Entry[], signal: Rung): void {
    const { processes, environment } = this.#system;
    const chosen = targets.map((one) => one.process).filter((info) => due.some((entry) => same(entry.process, info)));
    const reached = new Set<number>();
    for (const [pgid, members] of wholeGroups(chosen, all, environment.pid)) {
      if (processes.signalGroup(pgid, members, signal) === "sent") members.forEach(({ pid }) => reached.add(pid));
    }
    for (const entry of due) {
      const { pid } = entry.process;
      if (!reached.has(pid)) entry.denied = processes.signal(entry.process, signal) === "denied";
      entry.sent = signal;
      // a stopped process takes no SIGTERM until it runs again
      if (chosen.some((info) => info.pid === pid && info.state === "T")) processes.signal(entry.process, "SIGCONT");
    }
  }

  #isOver(entries: Entry[]): boolean {
    const graces = this.#options.record.apps.map((app) => app.graceMs);
    const limit = Math.max(STRAY_GRACE_MS, ...graces) + KILL_LIMIT_MS;
    return (
      this.#elapsed > limit ||
      (entries.length > 0 && entries.every((entry) => entry.denied && entry.sent === "SIGKILL"))
    );
  }

  /** Until something may have changed: all gone, PM2 done, the second Ctrl+C, the next rung, or a scan is due. */
  async #pause(entries: Entry[]): Promise<void> {
    const standings = entries.map((entry) => this.#standing(entry));
    const ms = Math.min(LOOK_AGAIN_MS, Math.ceil(untilNextRung(standings, this.#elapsed)) + 1);
    const over = new AbortController();
    const waits = [
      entries.length > 0
        ? this.#system.processes.waitGone(
            entries.map((entry) => entry.process),
            ms,
            over.signal,
          )
        : this.#system.clock.sleep(ms, over.signal),
    ] as Promise<unknown>[];
    if (this.#pm2Busy) waits.push(this.#pm2Done);
    if (this.#options.hurry && !this.#hurried)
      waits.push(this.#system.clock.sleep(ms, abortsWith(over.signal, this.#options.hurry).signal));
    await Promise.race(waits);
    over.abort();
  }
}
