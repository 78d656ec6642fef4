import { catalog } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { endingFault } from "../diagnostics/fault.ts";
import type { Receipt } from "../model/events.ts";
import { afterStart } from "./diagnostics.ts";
import { exitCodeOf, type Stop } from "./stop.ts";
import type { EventStream } from "./stream.ts";

/** What goes wrong in a session: reported as events, and in its exit code. */
export interface Problems {
  report(diagnostics: readonly Diagnostic[]): void;
  /** Reports the problem and ends the session, once what is in progress can be ended with it. */
  abortWith(diagnostics: readonly Diagnostic[], after?: Promise<unknown>): void;
  /** A start that threw: a bug of ours, or PM2 not answering. What runs is ended as usual. */
  crash(error: unknown): void;
  /** Of the gravest that was reported. */
  readonly exit: number;
  /** Of a session that has ended; `receipt` null: the rest was left to the guardian. */
  exitCode(receipt: Receipt | null): number;
}

interface ProblemsOptions {
  emit: EventStream["emit"];
  stop: Stop;
  /** Something was started: a problem found from then on does not say that nothing was. */
  hasBegun: () => boolean;
}

export function createProblems({ emit, stop, hasBegun }: ProblemsOptions): Problems {
  let exit = 0;

  function report(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      emit({ event: "diagnostic", ...(hasBegun() ? afterStart(diagnostic) : diagnostic) });
      if (diagnostic.severity === "error") exit = Math.max(exit, catalog[diagnostic.code].exit);
    }
  }

  function abortWith(diagnostics: readonly Diagnostic[], after?: Promise<unknown>): void {
    report(diagnostics);
    void Promise.allSettled([after]).then(() => stop.request("failed"));
  }

  return {
    report,
    abortWith,
    get exit() {
      return exit;
    },
    crash(error) {
      if (!stop.signal.aborted) abortWith([endingFault(error)]);
    },
    exitCode(receipt) {
      if (receipt && receipt.leftovers.length > 0) return 1;
      const reason = stop.reason ?? "failed";
      return reason === "failed" && exit > 0 ? exit : exitCodeOf(reason);
    },
  };
}
