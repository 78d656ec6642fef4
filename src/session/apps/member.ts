import type { Receipt } from "../../model/events.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { System } from "../../system/system.ts";
import { endApp } from "../../teardown/end-app.ts";
import { deferred, type Deferred } from "../../util/deferred.ts";
import type { AppRun } from "./app-run.ts";
import type { AppUnderPm2 } from "./pm2-process.ts";
import type { Reporter } from "./reporter.ts";

/** An app of the session, on or off. */
export interface Member {
  run: AppRun;
  process: AppUnderPm2;
  reporter: Reporter;
  /** Resolves when it is ready for the first time since it was turned on; its dependents wait for this. */
  ready: Deferred<void>;
  wasReady: boolean;
  /** It waits for its dependencies, before its first start. */
  waits: boolean;
  /** Aborted while it is off. */
  on: AbortController;
  /** The current launch, or the last one. */
  launching: Promise<unknown>;
}

export const memberOf = (run: AppRun, process: AppUnderPm2, reporter: Reporter): Member => ({
  run,
  process,
  reporter,
  ready: deferred(),
  wasReady: false,
  waits: true,
  on: new AbortController(),
  launching: Promise.resolve(),
});

/** Ports of every app but this one. */
export const portsOfOthers = (members: Iterable<Member>, name: string): number[] =>
  [...members]
    .filter(({ run }) => run.app.name !== name)
    .flatMap(({ run: { app, answering } }) => [app.port, answering.port, ...app.ports])
    .filter((port) => port !== null);

/** PM2's watch saw a change, at a path relative to the app's folder, and is about to restart the app. */
export function noteSave({ files, clock }: System, run: AppRun, changed: string): void {
  const modified = files.modified(changed, run.app.cwd).catch(() => null);
  run.saved(
    changed,
    modified.then((at) => at ?? clock.now()),
  );
}

/** Turns it off and ends all of its processes, as a session's end does. */
export async function endMember(
  system: System,
  member: Member,
  record: SessionRecord,
): Promise<Pick<Receipt, "ended" | "leftovers">> {
  const { name, graceMs } = member.run.app;
  member.on.abort();
  // its dependents continue to wait
  if (member.wasReady) member.ready = deferred();
  member.wasReady = false;
  await member.launching.catch(() => {});
  member.reporter.replaced();
  member.run.ending();
  return endApp(system, { record, app: name, graceMs, deletePm2App: () => member.process.remove(graceMs) });
}
