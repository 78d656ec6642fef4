import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import { isUp } from "../../model/service-status.ts";
import type { Status } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import type { System } from "../../system/system.ts";
import { askToWait } from "../shared/ask-to-wait.ts";
import { print, type CommandContext } from "../shared/context.ts";
import { UNTIL_READY_MS } from "../shared/with-session.ts";
import { refuse } from "./refuse.ts";
import type { DevOptions } from "./run.ts";
import { CONFIGURED_MS, liveRecord, pageWords, whyNotJoined } from "./running.ts";
import { showJoined } from "./show-joined.ts";

const POLL_MS = 50;
/** A session that lives and does not answer within this time is not waited for any longer. */
const SOCKET_MS = 15_000;

/**
 * A second `devpm dev -d` waits until what runs is ready, and starts what was named and is missing. null: there is no session that
 * could be joined, and the start that follows says why.
 */
export async function joinRunning(
  system: System,
  context: CommandContext,
  options: DevOptions,
): Promise<number | null> {
  const began = system.clock.monotonic();
  for (;;) {
    const record = await liveRecord(system, context);
    // a stopped engine answers nothing: the start that follows says so at once
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
  const asked = { ...options, detached: true };
  const answer = await engine.ask({ op: "join" }, CONFIGURED_MS);
  if (answer === null) return "ended";
  if (!answer.ok) return answer.diagnostics?.length ? refuse(system, context, asked, answer.diagnostics) : "ended";
  const refused = await whyNotJoined(system, context, { options, engine, record, joined: answer.joined });
  if (refused) return refuse(system, context, asked, [refused]);
  const problem = await untilReady(engine, options);
  // someone has ended it meanwhile: what was asked for is a session that runs
  if (problem !== null) {
    if (await isEnding(system, context, record)) return "ended";
    if (problem.diagnostics.length > 0) return refuse(system, context, asked, problem.diagnostics);
    print(context.terminal.err, [context.asTyped(problem.error)]);
    return 1;
  }
  const now = await engine.ask({ op: "status" });
  if (now?.ok !== true) return "ended";
  const ms = Math.round(system.clock.monotonic() - began);
  await showJoined(context, {
    status: shown(now.status),
    ms,
    json: options.json,
    page: await pageWords(engine, options),
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

interface Problem {
  error: string;
  diagnostics: Diagnostic[];
}

async function untilReady(engine: EngineClient, { only, timeout }: DevOptions): Promise<Problem | null> {
  const timeoutMs = timeout === null ? UNTIL_READY_MS : timeout * 1_000;
  const answer =
    only.length > 0
      ? await engine.ask({ op: "start", names: only }, timeoutMs)
      : await askToWait(engine, { apps: [], for: "ready", timeoutMs });
  if (answer?.ok === true) return null;
  if (answer === null) return { error: "the session ended, or was not ready in time", diagnostics: [] };
  return { error: answer.error, diagnostics: answer.diagnostics ?? [] };
}
