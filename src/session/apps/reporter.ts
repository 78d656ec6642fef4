import type { WarmReport } from "../../model/protocol.ts";
import type { Peer } from "../../system/engine-server.ts";

/**
 * Which warm Python reports for an app: as soon as `devpm restart` prepares the next one, the reports of the
 * previous one are ignored, except its notices.
 */
export interface Reporter {
  accepts(report: WarmReport, from: Peer): boolean;
  /** A new process is about to be started. Returns a function that reverts this if the start fails. */
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
