import { expanded } from "../../model/groups.ts";
import { readThenFollow } from "../../logs/follow.ts";
import { lastSave, readPast, type Past } from "../../logs/past.ts";
import type { LogRecord } from "../../logs/record.ts";
import type { Instance } from "../../model/instance.ts";
import { askSession } from "../../system/engine/ask-session.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { createPrinter, type LogPrinter } from "./print.ts";
import { OWN, ownLines } from "./own.ts";
import { queryOf, type LogsFlags, type LogsQuery } from "./query.ts";
import { readContainers, type ContainerLogs } from "./containers.ts";
import { deferred } from "../../util/deferred.ts";
import { unknownNames } from "../../config/unknown-names.ts";
import { endLine, lastEnd } from "../shared/last-end.ts";
import { findSilent, whySilent } from "../shared/silent-session.ts";

export interface LogsOptions extends LogsFlags {
  /** Apps and Compose services; empty: all apps. */
  apps: string[];
  follow: boolean;
  json: boolean;
  /** Opens the containers' own logs; called only when a service is named. */
  containers: () => Promise<ContainerLogs>;
}

/** `devpm logs`: history from the log files, then the engine's stream for as long as the session runs. */
export async function logs(context: CommandContext, options: LogsOptions): Promise<number> {
  const instance = await context.instance();
  const engine = options.follow ? await context.system.connectEngine(instance) : null;
  try {
    const plan = await planOf(context, instance, options);
    if (!plan.ok) return await report(context, plan.diagnostics);
    return await run(context, instance, options, plan.value, engine);
  } finally {
    engine?.close();
  }
}

interface Plan {
  query: LogsQuery;
  /** devpm's own lines, too. */
  own: boolean;
  services: { service: string; container: string | null }[];
}

async function planOf(context: CommandContext, instance: Instance, options: LogsOptions): Promise<Outcome<Plan>> {
  const { system } = context;
  const past = readPast(system.logFiles, instance.logs);
  const own = options.apps.includes(OWN) && !past.apps.includes(OWN);
  const named = options.apps.filter((name) => !own || name !== OWN);
  const known = await knownNames(context, instance, named, past);
  const all = [...known.apps, ...known.services.keys(), ...Object.keys(known.groups), OWN];
  const unknown = unknownNames(named, all, "logs");
  if (unknown) return failed(unknown);
  const requested = expanded(named, known.groups);
  const apps = requested.length === 0 && !own ? known.apps : requested.filter((name) => known.apps.includes(name));
  const services = requested.filter((name) => !known.apps.includes(name));
  const query = queryOf(options, apps, {
    now: system.clock.now(),
    lastSave: () => lastSave(system.logFiles, instance.logs, apps),
    bounded: system.pattern,
  });
  if (!query.ok) return query;
  return ok({
    query: query.value,
    own,
    services: services.map((service) => ({ service, container: known.services.get(service) ?? null })),
  });
}

/** `apps`: everything with log lines, tasks included. */
type Known = Pick<Past, "apps" | "services" | "groups">;

/** Most names are in the logs; the engine is queried only for a name that is not, or for a service. */
async function knownNames(
  { system }: CommandContext,
  instance: Instance,
  wanted: readonly string[],
  past: Past,
): Promise<Known> {
  const logged = { ...past, apps: [...past.apps, ...past.tasks] };
  if (wanted.every((name) => logged.apps.includes(name) || name in past.groups)) return logged;
  const answer = await askSession(system, instance, { op: "status" });
  if (answer?.ok !== true) return logged;
  const { apps, infra, tasks = [], groups = {} } = answer.status;
  return {
    apps: [...new Set([...logged.apps, ...apps.map(({ name }) => name), ...tasks.map(({ name }) => name)])],
    groups: { ...past.groups, ...groups },
    services: new Map([...past.services, ...infra.map(({ service, container }) => [service, container] as const)]),
  };
}

async function run(
  context: CommandContext,
  instance: Instance,
  options: LogsOptions,
  { query, services, own }: Plan,
  engine: EngineClient | null,
): Promise<number> {
  const names = [...query.apps, ...services.map(({ service }) => service)];
  const printer = await createPrinter(context, names, options.json);
  const reading = new AbortController();
  const { follow } = options;
  if (follow && (engine !== null || services.length > 0)) context.terminal.out.watchReader();
  const { watched, gaveUp } = untilGivenUp(query);
  const { signal } = reading;
  const containers =
    services.length > 0
      ? readContainers(await options.containers(), { services, query: watched, follow, reader: printer, signal })
      : null;
  const all = readAll(context, instance, { query: watched, own, engine, printer, containers, follow });
  const ended = await Promise.race([all, printer.gone, gaveUp]);
  reading.abort();
  await context.terminal.out.flushed();
  return query.gaveUp === null ? (ended ?? 0) : report(context, [query.gaveUp]);
}

/** `gaveUp` resolves once the pattern of `--grep` is given up: nothing more would be found. */
function untilGivenUp(query: LogsQuery): { watched: LogsQuery; gaveUp: Promise<void> } {
  const { promise, resolve } = deferred();
  const accept = (record: LogRecord): boolean => {
    const accepted = query.accept(record);
    if (query.gaveUp !== null) resolve();
    return accepted;
  };
  return { watched: { ...query, accept }, gaveUp: promise };
}

interface Reading extends Pick<Plan, "query" | "own"> {
  engine: EngineClient | null;
  printer: LogPrinter;
  containers: Promise<string[]> | null;
  follow: boolean;
}

async function readAll(context: CommandContext, instance: Instance, reading: Reading): Promise<number> {
  const { query, own, engine, printer, containers, follow } = reading;
  const { system, terminal, asTyped } = context;
  if (query.apps.length > 0 || own) {
    const lines = own ? ownLines(context, instance, query) : null;
    const { followed } = await readThenFollow(system.logFiles, {
      folder: instance.logs,
      query,
      engine,
      reader: printer,
      own: lines,
    });
    if (engine?.refused) print(terminal.err, [asTyped(engine.refused)]);
    await followed;
    if (followed !== null) terminal.err.write("the session has ended\n");
    if (follow && engine === null) {
      const silent = await findSilent(context, instance);
      if (silent) print(terminal.err, [`not followed: the session does not answer, ${whySilent(silent)}`]);
    }
    const end = followed === null ? await lastEnd(system, instance) : null;
    if (end !== null) print(terminal.err, [asTyped(endLine(end))]);
  } else if (containers === null) print(terminal.err, [`no logs yet: nothing has run in ${instance.root}`]);
  const faults = (await containers) ?? [];
  for (const fault of faults) print(terminal.err, [asTyped(fault)]);
  return faults.length > 0 ? 1 : 0;
}
