import path from "node:path";
import type { SessionEvent } from "../../model/events.ts";
import { eventsOf } from "../../model/log-batch.ts";
import { withOwn } from "../../model/own-variables.ts";
import type { Streamed } from "../../model/protocol.ts";
import { createPrompts } from "../../session/prompts/prompts.ts";
import { createStop, exitCodeOf, onSignal } from "../../session/stop.ts";
import { keepBug } from "../../session/store/last-bug.ts";
import { withBackpressure, type Show } from "../../session/backpressure.ts";
import { createEventStream } from "../../session/stream.ts";
import type { Environment } from "../../system/environment.ts";
import type { Line } from "../../system/processes/helpers.ts";
import type { Signals } from "../../system/signals.ts";
import type { System } from "../../system/system.ts";
import { dropBegun } from "../../teardown/started-shim.ts";
import { createUi } from "../../ui/create-ui.ts";
import { deferred } from "../../util/deferred.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { flagsOf, placeOf } from "./flags.ts";
import { joinRunning } from "./join.ts";
import { refuse } from "./refuse.ts";
import { engineSilent, whereSilent } from "./silent-engine.ts";
import { ENDING, engineRequest, runEngine, type DevOptions } from "./run.ts";

/** Set for the process that becomes a detached engine: its end of the channel to the command that started it. */
const ENGINE_LINE = "DEVPM_ENGINE_LINE";
const DESCRIPTOR = 3;
/** The files that the command prints into, which is what the engine's own output would be. */
const STARTER_OUTPUTS = "DEVPM_STARTER_OUTPUTS";
/**
 * Read by glibc before a program begins: what its threads have freed they would keep, 1.7 MB for as long as a session rests
 * (docs/notes/processes.md, "Memory"). The threshold is the one that glibc begins with, and raises.
 */
const MALLOC = { MALLOC_ARENA_MAX: "2", MALLOC_TRIM_THRESHOLD_: "131072" };

export const inheritedEngine = ({ shell }: Environment): boolean => shell[ENGINE_LINE] !== undefined;

export interface DetachOptions extends DevOptions {
  /** The CLI's own file, which the engine's process runs. */
  script: string;
}

/** `devpm dev --detach`: starts a new engine, shows its start, and returns when all is ready or nothing is left. */
export async function detach(
  system: System,
  signals: Signals,
  context: CommandContext,
  { script, ...options }: DetachOptions,
): Promise<number> {
  const { environment, clock, helpers, files, processes } = system;
  // another process becomes the engine
  await dropBegun(system);
  const request = await engineRequest(system, { ...options, detached: true });
  if (!request.ok) return refuse(system, context, { ...options, detached: true }, request.diagnostics);
  const joined = await joinRunning(system, context, options);
  if (joined !== null) return joined;
  const { folder } = request.value.instance;
  await files.makeFolder(folder);
  const logFile = path.join(folder, "engine.log");
  const logged = (await files.read(logFile))?.length ?? 0;
  const refused = deferred<Error>();
  const helper = helpers.start(environment.node, [script, ...placeOf(options), "dev", ...flagsOf(options)], {
    env: engineVariables(environment),
    cwd: environment.cwd,
    logFile,
    lines: 1,
    refused: refused.resolve,
  });
  const [line] = helper?.lines ?? [];
  if (!helper || !line) throw await refused.promise;
  const starting = processes.identify(helper.pid);
  const stop = forwarding(line);
  const restore = signals.on(
    ENDING,
    onSignal(stop, () => clock.monotonic()),
  );
  const silent = whereSilent(clock, line, stop.signal);
  void silent.then(() => starting && processes.signal(starting, "SIGKILL"));
  const ui = createUi(options.json ? "json" : "plain", context.terminal, system.clock, { ...context, detached: true });
  const { exitCode, held } = await shown(line, ui);
  restore();
  line.close();
  if (held !== null) {
    // another one took the instance meanwhile: that one is joined
    const later = await joinRunning(system, context, options);
    if (later === null) ui.event(held);
    return later ?? exitCode ?? 1;
  }
  if (exitCode !== null) return exitCode;
  const silence = await clock.within(silent, 0);
  if (silence !== null) {
    await clock.within(helper.exited, EXIT_MS);
    if (silence === "stopped") return exitCodeOf(stop.reason ?? "sigterm");
    return refuse(system, context, { ...options, detached: true }, [engineSilent(helper.pid, logFile)]);
  }
  // it ended without a word on the line; its guardian ends what it had started
  const last = (await files.read(logFile))?.slice(logged).trim();
  print(context.terminal.err, [last || "the engine was ended while it started the session"]);
  return (await clock.within(helper.exited, EXIT_MS)) || 1;
}

const engineVariables = ({ shell, outputs = [] }: Environment): Record<string, string> => ({
  ...withOwn(shell, MALLOC),
  [ENGINE_LINE]: String(DESCRIPTOR),
  [STARTER_OUTPUTS]: JSON.stringify(outputs),
});

/** A line closes a moment before its process has ended. */
const EXIT_MS = 2_000;

/** Ctrl+C before it is ready ends the starting engine. */
function forwarding(line: Line): ReturnType<typeof createStop> {
  const stop = createStop();
  stop.signal.addEventListener("abort", () => line.send({ stop: stop.reason }));
  stop.now.addEventListener("abort", () => line.send({ insist: true }));
  stop.leave.addEventListener("abort", () => line.close());
  return stop;
}

interface Shown {
  /** null where the engine ended without reporting one. */
  exitCode: number | null;
  /** Not shown: a session runs here already. */
  held: Streamed | null;
}

function shown(line: Line, ui: Show): Promise<Shown> {
  let held: Streamed | null = null;
  return new Promise((resolve) => {
    const settle = (exitCode: number | null): void => resolve({ exitCode, held });
    line.onMessage(({ event: sent, exit }) => {
      const event = sent as Streamed | undefined;
      if (event?.event === "diagnostic" && event.code === "DEVPM_SESSION_RUNNING") held = event;
      else if (event) ui.event(event);
      if (event?.event === "session.ready") settle(0);
      if (typeof exit === "number") settle(exit === 0 ? 1 : exit);
    });
    void line.closed.then(() => settle(null));
  });
}

/** The detached engine itself. Until everything is ready, the command that started it represents the user. */
export async function engine(
  system: System,
  signals: Signals,
  context: CommandContext,
  options: DevOptions,
): Promise<number> {
  const line = system.helpers.inherited(DESCRIPTOR);
  // before a configuration is read, which may take any time
  line.send({ runs: true });
  const { [ENGINE_LINE]: _, [STARTER_OUTPUTS]: printed = "[]", ...shell } = system.environment.shell;
  const outputs = [...(system.environment.outputs ?? []), ...(JSON.parse(printed) as string[])];
  const own: System = { ...system, environment: { ...system.environment, shell, outputs } };
  const stop = createStop();
  const stream = createEventStream(system.clock);
  const send = (event: Streamed): void => line.send({ event });
  const starter = withBackpressure(
    { event: send, lines: (batch) => eventsOf(batch).forEach(send) },
    line,
    system.clock,
  );
  const leave = stream.subscribe(starter.listener, starter.options);
  void line.closed.then(leave);
  // read from the events: a last message from the other end is lost if this end is just writing when that one closes
  let settled = false;
  stream.subscribe(({ event }) => {
    if (event === "session.ready") settled = true;
  });
  line.onMessage((message) => {
    if (message.stop) stop.request("ctrl-c");
    if (message.insist) stop.insist();
  });
  void line.closed.then(() => settled || stop.request("terminal-closed"));
  signals.on(
    ["SIGINT", "SIGTERM"],
    onSignal(stop, () => system.clock.monotonic()),
  );
  // a closed terminal is no reason to end what was detached from it
  signals.on(["SIGHUP"], () => {});
  endWhereNotReady(stream, () => stop.request("failed"));
  const request = await engineRequest(own, { ...options, detached: true });
  if (!request.ok) return report(context, request.diagnostics);
  const { instance } = request.value;
  const prompts = createPrompts(system.clock, stream);
  stream.subscribe((event) => {
    if (event.event !== "diagnostic" || event.code !== "DEVPM_BUG") return;
    // engine.log has it in any case; if the command that started it has ended, the next one shows it
    void report(context, [event]);
    if (settled) void keepBug(own.files, instance, event);
  });
  const end = await runEngine(own, signals, {
    request: request.value,
    stream,
    stop,
    prompts,
    timeout: options.timeout,
  });
  line.send({ exit: end.exitCode });
  return end.exitCode;
}

/** Detached, a failed start would stay unseen: it ends, and its exit code reports it. */
function endWhereNotReady(stream: ReturnType<typeof createEventStream>, end: () => void): void {
  const decisive: ReadonlySet<SessionEvent["event"]> = new Set<SessionEvent["event"]>(["app.crashed", "app.failed"]);
  const forget = stream.subscribe((event) => {
    if (event.event === "session.ready") forget();
    else if (decisive.has(event.event) || (event.event === "task.finished" && !event.ok)) end();
  });
}
