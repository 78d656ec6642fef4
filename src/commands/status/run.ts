import path from "node:path";
import { readPast } from "../../logs/past.ts";
import { namespaceOf, type Instance } from "../../model/instance.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import { idleApp, idleTask, type Status } from "../../model/status.ts";
import { readSessionFile } from "../../system/engine/session-file.ts";
import { BUSY_MS, findSilent, isBusy, unreachable } from "../shared/silent-session.ts";
import { endLine, lastEnd } from "../shared/last-end.ts";
import { findStale } from "../shared/stale.ts";
import { colorsFor, print, printJson, type CommandContext } from "../shared/context.ts";

export interface StatusOptions {
  json: boolean;
}

/** `devpm status`: 0, because what it finds is never its failure; a script reads `session` and the states. */
export async function status(context: CommandContext, { json }: StatusOptions): Promise<number> {
  const instance = await context.instance();
  const found = await currentStatus(context, instance);
  if (json) {
    printJson(context, found);
    return 0;
  }
  const { statusLines } = await import("../../ui/status.ts");
  const { out } = context.terminal;
  print(out, statusLines(found, out.columns, await colorsFor(context, "out")).map(context.asTyped));
  if (found.session?.state === "unresponsive") {
    const { printDiagnostics } = await import("../../diagnostics/print.ts");
    const why = await unreachable(context, instance, "ask", SOON_MS + BUSY_MS);
    const colors = await colorsFor(context, "out");
    print(out, ["", printDiagnostics([why], { columns: out.columns, colors, asTyped: context.asTyped })]);
  }
  return 0;
}

/** From the engine; where none answers, from the session file and the logs. */
export async function currentStatus(context: CommandContext, instance: Instance): Promise<Status> {
  const first = await asked(context, instance, SOON_MS);
  const again = first === null && (await isBusy(context, instance)) ? await asked(context, instance, BUSY_MS) : first;
  return again === null || again === "refused" ? remembered(context, instance) : again;
}

/** `ms`: for all of it, whatever part of it an engine that hangs still does. */
async function asked(context: CommandContext, instance: Instance, ms: number): Promise<Status | "refused" | null> {
  const { clock, connectEngine } = context.system;
  const until = clock.monotonic() + ms;
  const client = await connectEngine(instance, ms);
  const answer = await client?.ask({ op: "status" }, Math.max(0, until - clock.monotonic()));
  client?.close();
  if (client?.refused) print(context.terminal.err, [context.asTyped(client.refused)]);
  if (client?.refused) return "refused";
  return answer?.ok === true ? answer.status : null;
}

/** Most answers take some milliseconds. */
const SOON_MS = 1_000;

/** The states of an app and of a task whose session is over. */
const OVER = ["stopped", "stopped"] as const;

async function remembered(context: CommandContext, instance: Instance): Promise<Status> {
  const { system } = context;
  const record = await readSessionFile(system.files, instance.sessionFile);
  const past = readPast(system.logFiles, instance.logs);
  const alive = record !== null && system.processes.alive(record.engine);
  const silent = alive && (await findSilent(context, instance)) !== null;
  const [app, task] = silent ? (["unknown", "unknown"] as const) : alive ? (["starting", "pending"] as const) : OVER;
  const recorded = record?.apps.map(({ name }) => name) ?? [];
  const stale = alive ? null : await findStale(system, instance);
  const end = alive ? null : await lastEnd(system, instance);
  const names = alive ? recorded.filter((name) => !past.tasks.includes(name)) : past.apps;
  return {
    project: record?.project ?? past.project ?? path.basename(instance.root),
    root: instance.root,
    namespace: record?.namespace ?? past.namespace ?? namespaceOf(instance),
    session: alive ? sessionOf(record, silent) : null,
    apps: names.map((name) => idleApp(name, app)),
    infra: [],
    ...(past.tasks.length > 0 ? { tasks: past.tasks.map((name) => idleTask(name, task)) } : {}),
    ...(Object.keys(past.groups).length > 0 ? { groups: past.groups } : {}),
    ...(stale === null ? {} : { stale }),
    ...(end === null ? {} : { lastEnd: endLine(end) }),
  };
}

const sessionOf = ({ id, engine, startedAt, detached, state }: SessionRecord, silent: boolean): Status["session"] => ({
  id,
  pid: engine.pid,
  startedAt,
  detached,
  state: silent ? "unresponsive" : state,
});
