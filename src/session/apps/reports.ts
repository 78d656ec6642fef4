import type { LogStore } from "../../logs/store.ts";
import type { WarmOrder, WarmReport } from "../../model/protocol.ts";
import type { Peer } from "../../system/engine/engine-server.ts";
import type { Prompts } from "../prompts/prompts.ts";
import type { ColdFiles } from "./cold-files.ts";
import type { Launcher } from "./launcher.ts";
import type { Member } from "./member.ts";
import type { AppOutput } from "./output.ts";

/** A report of an app's warm Python about itself. */
export type TakeReport = (app: string, report: WarmReport, from: Peer) => void;

export interface ReportsOptions {
  member: (app: string) => Member | undefined;
  logs: Pick<LogStore, "answered">;
  prompts: Pick<Prompts, "reported">;
  launcher: Pick<Launcher, "keepCold">;
  output: Pick<AppOutput, "lines">;
  coldFiles: Pick<ColdFiles, "changed">;
  /** Resolves when every app that is on has started. */
  started: Promise<void>;
  restart: (app: string) => Promise<unknown>;
  notify: (text: string) => void;
}

/** An app that writes such a file at each start would be restarted for ever. */
const MOST_IN_A_ROW = 3;

/** Hands each report to what it concerns; those of a process that was replaced are ignored. */
export function createReports(options: ReportsOptions): TakeReport {
  const { member, logs, prompts, launcher, output, coldFiles, started, restart, notify } = options;
  const met = new WeakSet<Peer>();
  /** Those that have told of such a change themselves. */
  const told = new WeakSet<Peer>();
  /** By app: how many starts in a row found that something had changed. */
  const inARow = new Map<string, number>();

  /** It watches by now; until it is known that nothing had changed before, nothing it says of saves counts. */
  async function lookBack({ run, reporter }: Member, from: Peer): Promise<void> {
    const release = reporter.catchingUp.holds();
    try {
      const changed = await coldFiles.changed(run.app);
      // one save is one restart, also where both see it
      if (!run.isEnding && !told.has(from)) restartFor(changed, run.app.name);
    } finally {
      release();
    }
  }

  function restartFor(changed: string | null, name: string): void {
    const count = changed === null ? 0 : (inARow.get(name) ?? 0) + 1;
    inARow.set(name, count);
    if (count === 0 || count > MOST_IN_A_ROW + 1) return;
    if (count > MOST_IN_A_ROW) return notify(`${changed} changes at each start of ${name}: that no longer restarts it`);
    notify(`${name} restarts: ${changed} changed`);
    void restart(name);
  }

  return (name, report, from) => {
    const found = member(name);
    if (!found?.reporter.accepts(report, from)) return;
    const { run } = found;
    if (!met.has(from)) void lookBack(found, from);
    met.add(from);
    switch (report.what) {
      case "cold":
        told.add(from);
        notify(`${name} restarts: ${report.reason}`);
        return void restart(name);
      case "unfit":
        launcher.keepCold(run.app, report);
        return void restart(name);
      case "prompt":
      case "went_on":
        return prompts.reported(name, report, from);
      case "caught_up":
        return found.reporter.catchingUp.caughtUp(from, report.asked, report.unread);
      case "answered":
        return logs.answered(name, report.requests);
      default:
        if (report.what === "crashed" && run.isEnding) return;
        run.warm(report);
        // what it does ahead of the first save would take the processor from the apps that still start
        if (report.what === "ready") void started.then(() => from.send({ do: "prepare" } satisfies WarmOrder));
        // its Python does not print it, and users look for it in `devpm logs`
        if (report.what === "crashed") output.lines(name, "err", report.excerpt);
    }
  };
}
