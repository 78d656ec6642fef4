import { locateConfig } from "../../config/find.ts";
import type { LoadedProject, ProjectRequest } from "../../config/project-loader.ts";
import { detection } from "../../detect/detection.ts";
import { endingFault } from "../../diagnostics/fault.ts";
import type { PortConsent } from "../../preflight/preflight.ts";
import { Engine, type EngineEnd } from "../../session/engine.ts";
import type { EngineRequest } from "../../session/engine-request.ts";
import { instanceOf } from "../../model/instance.ts";
import { securedState } from "../../session/store/state-folder.ts";
import { onSignal, createStop, type Stop } from "../../session/stop.ts";
import { releaseAfterStart } from "../../session/release-memory.ts";
import { reportInspectors } from "../../session/prompts/inspector.ts";
import { createPresence } from "./presence.ts";
import { createPrompts, type Prompts } from "../../session/prompts/prompts.ts";
import { withBackpressure } from "../../session/backpressure.ts";
import { createEventStream, type EventStream } from "../../session/stream.ts";
import type { Signals } from "../../system/signals.ts";
import type { LineInput } from "../../system/terminal/line-input.ts";
import type { Clock } from "../../system/clock.ts";
import type { System } from "../../system/system.ts";
import type { Output } from "../../system/terminal/terminal.ts";
import { createUi } from "../../ui/create-ui.ts";
import { ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { CommandContext } from "../shared/context.ts";
import { typedLines } from "./typed.ts";
import type { Screen } from "../../live/screen.ts";
import { canShowFooter, screenOf, type LiveFlags } from "../shared/session-screen.ts";
import { refuse } from "./refuse.ts";

export interface DevOptions extends LiveFlags {
  config?: string;
  /** `--ui`. */
  ui: boolean;
  /** false: `--no-infra`. */
  infra: boolean;
  only: string[];
  /** `--port APP=N`, by app. */
  ports: Record<string, number>;
  /** `--isolated`, `--no-isolated`; undefined: neither. */
  isolated?: boolean;
  freePorts: boolean;
  yes: boolean;
  /** Asks the user at the terminal; null where no one could answer. */
  confirm: ((question: string) => Promise<boolean>) | null;
  json: boolean;
  /** What the user types; null where stdin is no terminal. */
  lineInput: LineInput | null;
  /** Seconds until everything must be ready; null: no limit. */
  timeout: number | null;
}

export const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * `devpm dev`, attached: this process is the session's engine, and its terminal shows it. "detach": the session has ended,
 * and is to go on without this terminal.
 */
export async function dev(
  system: System,
  signals: Signals,
  context: CommandContext,
  options: DevOptions,
): Promise<number | "detach"> {
  const { out } = context.terminal;
  const stream = createEventStream(system.clock);
  const stop = createStop();
  const prompts = createPrompts(system.clock, stream);
  const presence = createPresence(context.terminal, prompts);
  const pressed = onSignal(stop, system.clock.monotonic);
  let screen: Screen | null = null;
  const { confirm } = options;
  const asking = confirm && ((question: string) => screen?.aside(() => confirm(question)) ?? confirm(question));
  const request = await engineRequest(system, { ...options, confirm: asking, detached: false });
  if (!request.ok) return refuse(system, context, options, request.diagnostics);
  // a terminal that the session was detached from may be closed
  const restore = signals.on(ENDING, (signal) =>
    signal === "SIGHUP" && presence.isAway ? undefined : pressed(signal),
  );
  if (!options.json && canShowFooter(context.terminal, system.environment, options)) {
    const leaving = { quit: () => pressed("SIGINT", "quit"), ...presence.leaving(stop) };
    screen = await screenOf(context, request.value.instance, { ...options, leaving });
  }
  const ui =
    screen ?? createUi(options.json ? "json" : "plain", context.terminal, system.clock, { ...context, ...options });
  const { listener, options: reading } = withBackpressure(ui, out, system.clock);
  out.unblock();
  stream.subscribe(listener, reading);
  if (options.lineInput && out.isTTY && !options.json) {
    presence.attend();
    if (screen === null) typedLines(options.lineInput, stream, prompts);
  }
  // a closed terminal takes no more text, and no Ctrl+C comes from it; what goes to a file may find the disk full
  out.onClosed(() => presence.isAway || stop.request(out.lost ? "output-lost" : "terminal-closed"));
  presence.keepBugs(system.files, request.value.instance, stream);
  const { timeout } = options;
  const shown = screen ? presence.shown() : {};
  const running = { request: { ...request.value, ...shown }, stream, stop, prompts, timeout };
  const end = await runEngine(system, signals, running);
  screen?.close();
  await lastWords(out, system.clock);
  if (stop.reason === "detach" && end.exitCode === 0) return "detach";
  // node aborts when it exits and cannot restore the settings of a closed terminal: this is 129 without an exit
  const isLost = out.closed || context.terminal.keys.isLost;
  if (end.exitCode === TERMINAL_CLOSED || (out.isTTY && isLost)) {
    restore();
    signals.stopSelf("SIGHUP");
  }
  // signals are still handled from here to the exit: their default would change how the process ends
  return end.exitCode;
}

const TERMINAL_CLOSED = 129;

/** A reader that takes nothing for so long is given up: the session has ended, and the history has every line. */
const STALLED_MS = 3_000;

async function lastWords(out: Output, clock: Clock): Promise<void> {
  for (let before = Infinity; out.waiting < before;) {
    before = out.waiting;
    if (
      (await clock.within(
        out.flushed().then(() => true),
        STALLED_MS,
      )) !== null
    )
      return;
  }
  out.abandon();
}

/**
 * The request to an engine. The configuration is found, not loaded: that can wait while the daemon starts. Where
 * there is none to load, detection runs first, so that no session begins in a folder without a project.
 */
export async function engineRequest(
  system: System,
  options: DevOptions & { detached: boolean },
): Promise<Outcome<Omit<EngineRequest, "prompts">>> {
  const request = projectRequest(system, options);
  const located = await locateConfig(system, request);
  if (!located.ok) return located;
  const { file, root } = located.value;
  const load = async (): Promise<LoadedProject> => {
    const { loadProject } = await import("../../config/project-loader.ts");
    const loaded = await loadProject(system, request, detection(system));
    return loaded.ok && !options.infra ? { ...loaded, value: { ...loaded.value, infra: null } } : loaded;
  };
  const instance = instanceOf(root, system.environment);
  const secured = await securedState(system, instance);
  if (!secured.ok) return secured;
  const detected = file === null ? await load() : null;
  if (detected && !detected.ok) return detected;
  return ok({
    instance,
    load: detected ? () => Promise.resolve(detected) : load,
    detached: options.detached,
    terminal: null,
    consent: consentOf(options),
    ui: options.ui,
  });
}

const projectRequest = ({ environment }: System, options: DevOptions): ProjectRequest => ({
  cwd: environment.cwd,
  only: options.only,
  ports: options.ports,
  configFile: options.config,
  isolated: options.isolated,
  claim: true,
});

export interface EngineRun {
  request: Omit<EngineRequest, "prompts">;
  stream: EventStream;
  stop: Stop;
  prompts: Prompts;
  /** Seconds; null: no limit. */
  timeout: number | null;
}

/** Also used by a detached engine, with another reader of its events. */
export async function runEngine(system: System, signals: Signals, run: EngineRun): Promise<EngineEnd> {
  const { request, stream, stop, prompts, timeout } = run;
  let bugs = 0;
  signals.onBug((error) => {
    // the teardown continues whatever else breaks; after a second bug the guardian ends what is left
    stream.emit({ event: "diagnostic", ...endingFault(error) });
    if (bugs++ === 0) stop.request("crash");
    else stop.insist();
  });
  reportInspectors(stream);
  releaseAfterStart(system, stream, stop.signal);
  if (timeout !== null) limit(system, stream, stop, timeout);
  return new Engine(system, { ...request, prompts }, stream, stop).run();
}

function consentOf({ freePorts, yes, confirm }: DevOptions): PortConsent {
  if (!freePorts) return "none";
  if (yes) return "given";
  return confirm ?? "unasked";
}

/** `--timeout`: a start that takes longer is aborted. */
function limit({ clock }: System, stream: EventStream, stop: Stop, seconds: number): void {
  const over = new AbortController();
  stream.subscribe(({ event }) => {
    if (event === "session.ready" || event === "session.stopping") over.abort();
  });
  void clock.sleep(seconds * 1_000, over.signal).then(() => {
    if (over.signal.aborted) return;
    stream.emit({ event: "notice", text: `not everything is ready after ${seconds} s (--timeout): the session ends` });
    stop.request("failed");
  });
}
