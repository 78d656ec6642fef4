import type { SessionRecord } from "./session-record.ts";
import { isLive, same, type Identity } from "./process.ts";
import type { ProcessInfo } from "./process.ts";

/** The environment variable that proves a process ours; its value is the session's id. */
export const MARK = "DEVPM_SESSION";
export const APP_MARK = "DEVPM_APP";

export interface OwnedProcess {
  process: ProcessInfo;
  /** The app, by descent from its recorded process; null where only the mark proves it ours. */
  app: string | null;
  /** PM2 can reach it: the daemon is one of its ancestors. */
  underDaemon: boolean;
}

/** One snapshot of the machine's processes. */
export interface Sight {
  all: readonly ProcessInfo[];
  /** Pids that carry the session's mark. */
  marked: ReadonlySet<number>;
}

/**
 * The processes of a session: marked ∪ recorded ∪ descendants of what is recorded (an app, a Compose command), of PM2's
 * daemon and of the guardian (below a subreaper, that is every descendant). The engine, the guardian, the daemon and the caller are not among
 * them: they end in other ways, and last.
 */
export function ownership(sight: Sight, record: SessionRecord, self: number): OwnedProcess[] {
  const byPid = new Map(sight.all.map((info) => [info.pid, info]));
  const machinery = (info: ProcessInfo): boolean =>
    info.pid === self || [record.engine, record.shim, record.sentinel, record.daemon].some((one) => is(info, one));
  const appOf = (info: ProcessInfo): string | null =>
    record.apps.find((app) => app.pids.some((pid) => same(pid, info)))?.name ?? null;

  const parents = [record.shim, record.sentinel, record.daemon, ...(record.commands ?? [])];

  const known = new Map<number, Descent>();
  /** Each process is looked at once, not once for each that descends from it: there are hundreds. */
  const descentOf = (info: ProcessInfo): Descent => {
    const line: ProcessInfo[] = [];
    let at: ProcessInfo | undefined = info;
    for (; at && !known.has(at.pid) && !line.includes(at); at = byPid.get(at.ppid)) line.push(at);
    // in a snapshot a process may descend from itself, where a pid was reused meanwhile
    const isLoop = at !== undefined && line.includes(at);
    let descent = (at && known.get(at.pid)) ?? OF_NOBODY;
    for (const one of line.toReversed()) {
      descent = {
        app: appOf(one) ?? descent.app,
        underDaemon: descent.underDaemon || is(one, record.daemon),
        descends: descent.descends || parents.some((parent) => is(one, parent)),
      };
      if (!isLoop) known.set(one.pid, descent);
    }
    return descent;
  };

  return sight.all.flatMap((info) => {
    if (!isLive(info) || info.pid <= 1 || machinery(info)) return [];
    const { app, underDaemon, descends } = descentOf(info);
    const isStray = record.strays?.some((one) => same(one, info)) ?? false;
    const isOurs = app !== null || descends || isStray || sight.marked.has(info.pid);
    return isOurs ? [{ process: info, app, underDaemon }] : [];
  });
}

/** What a process is because of itself or an ancestor; the app is that of the nearest. */
interface Descent extends Omit<OwnedProcess, "process"> {
  /** It is below a parent process of the session: the guardian, the daemon, a Compose command. */
  descends: boolean;
}

const OF_NOBODY: Descent = { app: null, underDaemon: false, descends: false };

const is = (info: ProcessInfo, identity: Identity | null): boolean => identity !== null && same(info, identity);

/** The process and its ancestors, from the parent upwards. */
export function lineage(info: ProcessInfo, byPid: ReadonlyMap<number, ProcessInfo>): ProcessInfo[] {
  const line = [info];
  for (let parent = byPid.get(info.ppid); parent && !line.includes(parent); parent = byPid.get(parent.ppid)) {
    line.push(parent);
  }
  return line;
}
