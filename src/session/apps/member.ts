import { deferred, type Deferred } from "../../util/deferred.ts";
import type { AppRun } from "./app-run.ts";
import type { Pm2Process } from "./pm2-process.ts";
import type { Reporter } from "./reporter.ts";

/** An app of the session, on or off. */
export interface Member {
  run: AppRun;
  process: Pm2Process;
  reporter: Reporter;
  /** Resolves when it is ready for the first time since it is on: what others wait for. */
  ready: Deferred<void>;
  wasReady: boolean;
  /** For what it depends on, before its first start. */
  waits: boolean;
  /** Aborted while it is off. */
  on: AbortController;
  /** The launch that is under way, or was last. */
  launching: Promise<unknown>;
}

export const memberOf = (run: AppRun, process: Pm2Process, reporter: Reporter): Member => ({
  run,
  process,
  reporter,
  ready: deferred(),
  wasReady: false,
  waits: true,
  on: new AbortController(),
  launching: Promise.resolve(),
});
