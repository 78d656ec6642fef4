import path from "node:path";
import { locate } from "../../config/find.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Joined } from "../../model/protocol.ts";
import { parseRecord, type SessionRecord } from "../../model/session-record.ts";
import { isUp } from "../../model/service-status.ts";
import type { Status } from "../../model/status.ts";
import { sessionRunning } from "../../session/diagnostics.ts";
import type { EngineClient } from "../../system/engine-client.ts";
import type { Signals } from "../../system/signals.ts";
import type { System } from "../../system/system.ts";
import { attach } from "../attach/run.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { unknownApps } from "../shared/names.ts";
import type { DevOptions } from "./run.ts";
import { showJoined } from "./show-joined.ts";

const POLL_MS = 50;
/** A session that lives and does not answer within this time is not waited for any longer. */
const SOCKET_MS = 15_000;
/** Each app has a deadline of its own; this ends the wait for an engine that hangs. */
const LONGEST = 15 * 60_000;
const CONFIGURED_MS = 60_000;

/**
 * A second `devpm dev -d`: waits until what runs is ready, and starts what was named and is missing. null: no session runs
 * here, or none that could be joined, so that a start of one's own says why.
 */
export async function joinRunning(
  system: System,
  context: CommandContext,
  options: DevOptions,
): Promise<number | null> {
  const began = system.clock.monotonic();
  for (;;) {
    const record = await liveRecord(system, context);
    // a stopped engine answers nothing: a start of one's own says so at once
    if (record === null || system.processes.isStopped(record.engine.pid)) return null;
    const engine = record.state === "stopping" ? null : await context.system.connectEngine(await context.instance());
    if (engine?.refused) {
      engine.close();
      return null;
    }
    if (engine) {
      const exit = await joined(system, context, { options, engine, record, began });
      engine.close();
      if (exit !== "ended") return exit;
    } else if (system.clock.monotonic() - began > SOCKET_MS && record.state !== "stopping") return null;
    await system.clock.sleep(POLL_MS);
  }
}

/**
 * A second `devpm dev` in a terminal: the session that runs is shown there too, and started in it what was named and is
 * off. null: none runs here, or none that could be joined, so that a start of one's own says why.
 */
export async function attachRunning(
  system: System,
  signals: Signals,
  context: CommandContext,
  options: DevOptions,
): Promise<number | null> {
  const record = await liveRecord(system, context);
  if (record === null || record.state === "stopping") return null;
  const engine = await context.system.connectEngine(await context.instance());
  if (engine === null) return null;
  try {
    if (engine.refused) return null;
    const answer = await engine.ask({ op: "join" }, CONFIGURED_MS);
    if (!answer?.ok || !("joined" in answer)) return null;
    const differs = await differences(system, options, answer.joined);
    if (differs.length > 0) return await report(context, [await running(context, record, differs)]);
    const unknown = await unknownApps(engine, options.only, "dev --only");
    if (unknown) return await report(context, [unknown]);
    // how it goes is shown by the stream
    if (options.only.length > 0) void engine.ask({ op: "start", names: options.only }, LONGEST);
    return await attach(context, signals, { app: null, plain: options.plain, timestamps: options.timestamps });
  } finally {
    engine.close();
  }
}

/** Of the session that runs here now; it may be starting, or ending. */
async function liveRecord({ processes }: System, context: CommandContext): Promise<SessionRecord | null> {
  const { sessionFile } = await context.instance();
  const record = parseRecord((await context.system.files.readOwn(sessionFile)) ?? "");
  return record && processes.alive(record.engine) ? record : null;
}

/** The session that was joined ends, or has ended; another one may run in its place. */
async function isEnding(system: System, context: CommandContext, { id }: SessionRecord): Promise<boolean> {
  const now = await liveRecord(system, context);
  return now === null || now.id !== id || now.state === "stopping";
}

interface Joining {
  options: DevOptions;
  engine: EngineClient;
  record: SessionRecord;
  /** Monotonic milliseconds. */
  began: number;
}

async function joined(system: System, context: CommandContext, joining: Joining): Promise<number | "ended"> {
  const { options, engine, record, began } = joining;
  const answer = await engine.ask({ op: "join" }, CONFIGURED_MS);
  if (answer === null) return "ended";
  if (!answer.ok) return answer.diagnostics?.length ? report(context, answer.diagnostics) : "ended";
  if (!("joined" in answer)) return "ended";
  const differs = await differences(system, options, answer.joined);
  if (differs.length > 0) return report(context, [await running(context, record, differs)]);
  const unknown = await unknownApps(engine, options.only, "dev --only");
  if (unknown) return report(context, [unknown]);
  const problem = await untilReady(engine, options);
  // someone has ended it meanwhile: what was asked for is a session that runs
  if (problem !== null) return (await isEnding(system, context, record)) ? "ended" : failed(context, problem);
  const now = await engine.ask({ op: "status" });
  if (now?.ok !== true || !("status" in now)) return "ended";
  const ms = Math.round(system.clock.monotonic() - began);
  await showJoined(context, {
    status: shown(now.status),
    ms,
    json: options.json,
    at: system.clock.now().toISOString(),
  });
  return 0;
}

/** What is off is not listed. */
const shown = (status: Status): Status => ({
  ...status,
  apps: status.apps.filter(({ state }) => state !== "stopped"),
  infra: status.infra.filter(({ state }) => isUp(state)),
});

async function running(
  context: CommandContext,
  record: SessionRecord,
  differs: readonly string[],
): Promise<Diagnostic> {
  const { sessionFile } = await context.instance();
  return sessionRunning(parseRecord((await context.system.files.readOwn(sessionFile)) ?? "") ?? record, { differs });
}

/** Flags that are not given do not matter: the session has what its own caller wanted. */
async function differences(
  system: System,
  options: DevOptions,
  { config, infra, ports, isolated = false, later }: Joined,
): Promise<string[]> {
  const { cwd } = system.environment;
  const located = await locate(system, {
    cwd,
    ...(options.config === undefined ? {} : { configFile: options.config }),
  });
  const file = located.ok ? located.value.file : null;
  const named = (one: string | null): string => (one === null ? "what was detected here" : path.basename(one));
  return [
    ...(file === config ? [] : [`it runs ${named(config)}, not ${named(file)}`]),
    ...(!options.infra && infra ? ["it runs with the compose services, not with --no-infra"] : []),
    ...(options.isolated === undefined || options.isolated === isolated
      ? []
      : [`it runs with ${isolated ? "ports of its own" : "the ports of the configuration"}`]),
    ...Object.entries(options.ports).flatMap(([app, port]) =>
      app in ports && ports[app] !== port ? [`${app} has port ${ports[app] ?? "none"}, not ${port}`] : [],
    ),
    ...later.map((what) => `the configuration was changed: ${what}`),
  ];
}

interface Problem {
  error: string;
  diagnostics: Diagnostic[];
}

async function untilReady(engine: EngineClient, { only, timeout }: DevOptions): Promise<Problem | null> {
  const timeoutMs = timeout === null ? LONGEST : timeout * 1_000;
  const answer =
    only.length > 0
      ? await engine.ask({ op: "start", names: only }, timeoutMs)
      : await engine.ask({ op: "wait", apps: [], for: "ready", timeoutMs }, timeoutMs + 1_000);
  if (answer?.ok === true) return null;
  if (answer === null) return { error: "the session ended, or was not ready in time", diagnostics: [] };
  return { error: answer.error, diagnostics: answer.diagnostics ?? [] };
}

function failed(context: CommandContext, { error, diagnostics }: Problem): Promise<number> | number {
  if (diagnostics.length > 0) return report(context, diagnostics);
  print(context.terminal.err, [context.asTyped(error)]);
  return 1;
}
