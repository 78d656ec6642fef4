import type { Receipt } from "../model/events.ts";
import { same } from "../model/process.ts";
import { wholeGroups } from "../model/protected-programs.ts";
import type { SessionRecord } from "../model/session-record.ts";
import { KILL_LIMIT_MS, rung } from "./ladder.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import type { TeardownSystem } from "./deps.ts";
import { survey, type Survey } from "./survey.ts";

export interface EndAppOptions {
  /** The session's record, with the app in it. */
  record: SessionRecord;
  app: string;
  graceMs: number;
  /** Has PM2 end the app's process tree and forget it. */
  deletePm2App: () => Promise<unknown>;
}

const LOOK_AGAIN_MS = 50;

/** Ends everything of one app while its session goes on: what PM2 reaches, then whatever else is proved the app's. */
export async function endApp(
  system: TeardownSystem,
  options: EndAppOptions,
): Promise<Pick<Receipt, "ended" | "leftovers">> {
  const { clock, processes } = system;
  const ledger = new Ledger();
  const began = clock.monotonic();
  let pm2Busy = true;
  const look = (): { seen: Survey; entries: LedgerEntry[] } => {
    const seen = survey(system, options.record);
    const targets = seen.targets.filter((one) => one.app === options.app);
    const entries = targets.map((one) => ledger.entry(one, one.underDaemon && pm2Busy));
    return { seen: { ...seen, targets }, entries };
  };
  look();
  void options.deletePm2App().then(
    () => (pm2Busy = false),
    () => (pm2Busy = false),
  );
  for (;;) {
    const { seen, entries } = look();
    const elapsed = clock.monotonic() - began;
    const over = elapsed > options.graceMs + KILL_LIMIT_MS;
    if ((entries.length === 0 && !pm2Busy) || over) return receiptOf(system, seen, ledger);
    for (const entry of entries) {
      const due = rung(
        { sent: entry.sent, graceMs: options.graceMs, withPm2: entry.withPm2 && pm2Busy },
        elapsed,
        false,
      );
      if (due) deliver(system, seen, entry, due);
    }
    await processes.waitGone(
      entries.map((entry) => entry.process),
      LOOK_AGAIN_MS,
    );
    if (entries.length === 0) await clock.sleep(LOOK_AGAIN_MS);
  }
}

function deliver(
  { processes, environment }: TeardownSystem,
  seen: Survey,
  entry: LedgerEntry,
  due: "SIGTERM" | "SIGKILL",
): void {
  const targets = seen.targets.map((one) => one.process);
  const groups = [...wholeGroups(targets, seen.all, environment.pid)];
  const group = groups.find(([, members]) => members.some((info) => same(info, entry.process)));
  const sent =
    group && due === "SIGKILL" ? processes.signalGroup(group[0], group[1], due) : processes.signal(entry.process, due);
  entry.denied = sent === "denied";
  entry.sent = due;
  if (targets.some((info) => same(info, entry.process) && info.state === "T"))
    processes.signal(entry.process, "SIGCONT");
}

function receiptOf(
  { processes }: TeardownSystem,
  { targets }: Survey,
  ledger: Ledger,
): Pick<Receipt, "ended" | "leftovers"> {
  return {
    ended: ledger.ended(
      targets.map(({ process }) => process),
      "SIGTERM",
    ),
    leftovers: targets.map(({ app, process: { pid, comm, state } }) => ({
      pid,
      app,
      command: processes.describe(pid)?.command ?? comm,
      reason: `survived SIGKILL, state ${state}`,
    })),
  };
}
