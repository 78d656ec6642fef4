import type { WarmReport } from "../../model/protocol.ts";
import type { Peer } from "../../system/engine-server.ts";

/**
 * Which warm Python speaks for an app: while `devpm restart` prepares the next one, and after it, what the one before
 * still reports says nothing of the app. Only its notices count.
 */
export interface Reporter {
  accepts(report: WarmReport, from: Peer): boolean;
  /** A new process is about to be started. Returns what takes that back where it could not be. */
  replaced(): () => void;
}

export function createReporter(): Reporter {
  let present: Peer | null = null;
  const former = new WeakSet<Peer>();
  return {
    accepts(report, from) {
      if (former.has(from)) return report.what === "notice";
      present = from;
      return true;
    },
    replaced() {
      const before = present;
      if (before) former.add(before);
      present = null;
      return () => {
        if (before) former.delete(before);
        present ??= before;
      };
    },
  };
}
