import type { SessionRecord } from "../model/session-record.ts";
import type { Identity } from "../model/process.ts";
import type { ProcessInfo } from "../model/process.ts";
import { isProtected, isSignalable, isSpared } from "../model/protected-programs.ts";
import type { TeardownSystem } from "./deps.ts";
import { APP_MARK, lineage, MARK, ownership, type Owned } from "../model/ownership.ts";

export interface Survey {
  all: ProcessInfo[];
  /** Ours, to be ended. */
  targets: (Owned & { app: string })[];
  /** Started by an app, left alive: the user's own tools, and what runs below them. */
  spared: (Owned & { app: string })[];
}

/** One scan of everything of a session that is alive now. */
export function survey(system: TeardownSystem, record: SessionRecord): Survey {
  const { processes, environment } = system;
  const all = processes.snapshot();
  const marked = new Set(processes.carrying(MARK, record.id));
  const owned = ownership({ all, marked }, record, environment.pid).filter((one) =>
    isSignalable(one.process.pid, environment.pid),
  );
  const named = owned.map((one) => ({ ...one, app: one.app ?? processes.variable(one.process.pid, APP_MARK) ?? "" }));
  const safe = sparedPids(system, record, owned);
  if (safe.size === 0) return { all, targets: named, spared: [] };
  const byPid = new Map(all.map((info) => [info.pid, info]));
  const isSafe = (one: Owned): boolean => lineage(one.process, byPid).some((info) => safe.has(info.pid));
  return {
    all,
    targets: named.filter((one) => !isSafe(one)),
    spared: named.filter((one) => isSafe(one)),
  };
}

/** By program, not by name: a name is what any process may call itself. What holds a port of ours is an app. */
function sparedPids({ processes, ports }: TeardownSystem, record: SessionRecord, owned: Owned[]): Set<number> {
  const found = owned.filter(({ process: { pid, comm } }) => {
    const exe = processes.executable(pid);
    if (isProtected(exe, comm)) return true;
    return isSpared(exe, "") && isSpared(exe, processes.describe(pid)?.command ?? "");
  });
  const pids = new Set(found.map((one) => one.process.pid));
  if (pids.size === 0) return pids;
  for (const port of record.ports) for (const { pid } of ports.holders(port)) if (pid !== null) pids.delete(pid);
  return pids;
}

/** Every live process of a session, its app named: what the record should hold so that a later command finds it. */
export function identitiesOf(system: TeardownSystem, record: SessionRecord): { app: string; identity: Identity }[] {
  return survey(system, record).targets.map(({ app, process: { pid, startTime, bootId } }) => ({
    app,
    identity: { pid, startTime, bootId },
  }));
}
