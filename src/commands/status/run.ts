import path from "node:path";
import { readPast } from "../../logs/past.ts";
import type { Instance } from "../../model/instance.ts";
import { parseRecord, type SessionRecord } from "../../model/session-record.ts";
import { idleApp, idleTask, type Status } from "../../model/status.ts";
import { colorsFor, print, printJson, type CommandContext } from "../shared/context.ts";

export interface StatusOptions {
  json: boolean;
}

/** `devpm status`: always 0, because a query is never a failure; a script reads `session` and the states. */
export async function status(context: CommandContext, { json }: StatusOptions): Promise<number> {
  const instance = await context.instance();
  const found = await currentStatus(context, instance);
  if (json) {
    printJson(context, found);
    return 0;
  }
  const { statusLines } = await import("../../ui/status.ts");
  const { out } = context.terminal;
  print(out, statusLines(found, out.columns, await colorsFor(context, "out")));
  return 0;
}

/** From the engine; where none answers, from the session file and the logs. */
export async function currentStatus(context: CommandContext, instance: Instance): Promise<Status> {
  const client = await context.system.connectEngine(instance);
  const answer = await client?.ask({ op: "status" });
  client?.close();
  if (client?.refused) print(context.terminal.err, [client.refused]);
  if (answer?.ok === true && "status" in answer) return answer.status;
  return remembered(context, instance);
}

async function remembered({ system }: CommandContext, instance: Instance): Promise<Status> {
  const record = parseRecord((await system.files.readOwn(instance.sessionFile)) ?? "");
  const past = readPast(system.logFiles, instance.logs);
  const alive = record !== null && system.processes.alive(record.engine);
  const recorded = record?.apps.map(({ name }) => name) ?? [];
  const names = alive ? recorded.filter((name) => !past.tasks.includes(name)) : past.apps;
  return {
    project: record?.project ?? past.project ?? path.basename(instance.root),
    root: instance.root,
    namespace: record?.namespace ?? past.namespace ?? instance.id,
    session: alive ? sessionOf(record) : null,
    apps: names.map((name) => idleApp(name, alive ? "starting" : "stopped")),
    infra: [],
    ...(past.tasks.length > 0
      ? { tasks: past.tasks.map((name) => idleTask(name, alive ? "pending" : "stopped")) }
      : {}),
    ...(Object.keys(past.groups).length > 0 ? { groups: past.groups } : {}),
  };
}

const sessionOf = ({ id, engine, startedAt, detached, state }: SessionRecord): Status["session"] => ({
  id,
  pid: engine.pid,
  startedAt,
  detached,
  state,
});
