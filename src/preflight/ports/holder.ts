import type { SessionRecord } from "../../model/session-record.ts";
import { same, type Identity } from "../../model/process.ts";
import type { ProcessInfo } from "../../model/process.ts";
import { isProtected } from "../../model/protected-programs.ts";
import { lineage, MARK } from "../../model/ownership.ts";
import type { ClaimContext, ClaimSystem, Holder, HolderSession } from "./types.ts";

/** null: it has ended meanwhile. */
export async function holderOf(system: ClaimSystem, pid: number, context: ClaimContext): Promise<Holder | null> {
  const { processes, environment } = system;
  const identity = processes.identify(pid);
  const description = identity && processes.describe(pid);
  if (!identity || !description) return null;
  const all = processes.snapshot();
  const byPid = new Map(all.map((info) => [info.pid, info]));
  const info = byPid.get(pid);
  const line = info ? lineage(info, byPid) : [];
  const program = (description.exe ?? info?.comm ?? "").replace(/^.*\//, "");
  const own = byPid.get(environment.pid);
  const ourselves = own !== undefined && lineage(own, byPid).some((ancestor) => ancestor.pid === pid);
  return {
    identity,
    description,
    program,
    guarded: pid <= 1 || ourselves || isProtected(description.exe, info?.comm ?? ""),
    pm2: pm2Of(system, line),
    below: (await processes.tree(pid)).slice(1).flatMap((one) => processes.describe(one.pid) ?? []),
    session: sessionOf(system, identity, line, all, context),
  };
}

/** PM2's daemon calls itself `PM2 v7.0.4: God Daemon (/home/ana/.pm2)`; its child has the app's name in its environment. */
function pm2Of({ processes, environment }: ClaimSystem, line: readonly ProcessInfo[]): Holder["pm2"] {
  for (const [at, ancestor] of line.entries()) {
    const daemon = /^PM2 .*God Daemon \((.*)\)/.exec(processes.describe(ancestor.pid)?.command ?? "");
    const app = line[at - 1];
    if (!daemon || !app) continue;
    const home = daemon[1] ?? null;
    const name = processes.variable(app.pid, "name") ?? String(app.pid);
    return { name, home: home === `${environment.home}/.pm2` ? null : home };
  }
  return null;
}

function sessionOf(
  { processes }: ClaimSystem,
  identity: Identity,
  line: readonly ProcessInfo[],
  all: readonly ProcessInfo[],
  { otherSessions, session }: ClaimContext,
): HolderSession | null {
  const recorded = otherSessions.find((record) => isOf(record, identity, line));
  const id = recorded?.id ?? processes.variable(identity.pid, MARK);
  if (!id) return null;
  const record = recorded ?? otherSessions.find((one) => one.id === id) ?? null;
  const attended = record !== null && [record.engine, record.sentinel].some((one) => one && processes.alive(one));
  return { id, record, alive: id === session || attended || hasSentinel(processes, all, id) };
}

/** One of the record's own processes, or below one: also where the environment was given up. */
function isOf(record: SessionRecord, identity: Identity, line: readonly ProcessInfo[]): boolean {
  const roots = [record.shim, record.sentinel, record.daemon, ...record.apps.flatMap((app) => app.pids)];
  return [identity, ...line].some((one) => roots.some((root) => root !== null && same(root, one)));
}

/** A session of another devpm home has no record here, but its sentinel names it in its command line. */
function hasSentinel(processes: ClaimSystem["processes"], all: readonly ProcessInfo[], id: string): boolean {
  return (
    all
      // Node 24 calls its first thread, and with it the process, MainThread; before node runs, shim.py gives it its name
      .filter((info) => /node|MainThread|devpm-sentinel/.test(info.comm))
      .some((info) => {
        const command = processes.describe(info.pid)?.command ?? "";
        return command.includes("sentinel-main.js") && command.split(" ").includes(id);
      })
  );
}
