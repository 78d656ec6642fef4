import type { WarmReport } from "../../model/protocol.ts";
import type { Peer } from "../../system/engine/engine-server.ts";
import { createCatchingUp, type CatchingUp } from "./catching-up.ts";

/**
 * Which warm Python reports for an app: as soon as `devpm restart` prepares the next one, the reports of the
 * previous one are ignored, except its notices.
 */
export interface Reporter {
  accepts(report: WarmReport, from: Peer): boolean;
  /** A new process is about to be started. Returns a function that reverts this if the start fails. */
  replaced(): () => void;
  /** The same once `start`, the one before, is over; until then what that one brings does not answer for saves either. */
  replacedAfter(start: Promise<unknown>): Promise<() => void>;
  /** What that Python is asked about its saves. */
  readonly catchingUp: CatchingUp;
}

export function createReporter(): Reporter {
  const catchingUp = createCatchingUp();
  let present: Peer | null = null;
  const known = new WeakSet<Peer>();
  const former = new WeakSet<Peer>();
  const gone = new WeakSet<Peer>();
  const take = (peer: Peer | null): void => {
    present = peer;
    catchingUp.asks(peer);
  };
  const know = (peer: Peer): void => {
    if (known.has(peer)) return;
    known.add(peer);
    peer.onClosed(() => {
      gone.add(peer);
      if (present === peer) take(null);
    });
  };
  const reporter: Reporter = {
    catchingUp,
    accepts(report, from) {
      if (former.has(from)) return report.what === "notice";
      know(from);
      if (!gone.has(from)) take(from);
      return true;
    },
    replaced() {
      const before = present;
      if (before) former.add(before);
      take(null);
      return () => {
        if (before) former.delete(before);
        if (before && present === null && !gone.has(before)) take(before);
      };
    },
    async replacedAfter(start) {
      const release = catchingUp.holds();
      await start.catch(() => {});
      const undo = reporter.replaced();
      release();
      return undo;
    },
  };
  return reporter;
}
