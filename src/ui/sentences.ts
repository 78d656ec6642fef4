import { isUp, type ServiceStatus } from "../model/service-status.ts";
import type { SessionEvent, StopReason, Timeline } from "../model/events.ts";
import { counted, duration, joinWithAnd } from "../util/text.ts";

type Of<Name extends SessionEvent["event"]> = Extract<SessionEvent, { event: Name }>;

/** One line: what is healthy, what runs without a health check, and everything else with its state and reason. */
export function infraChecked({ services, ms }: Of<"infra.checked">): string {
  const inState = (state: ServiceStatus["state"]): string[] => {
    const names = services.filter((service) => service.state === state).map(({ service }) => service);
    return names.length > 0 ? [`${names.join(", ")} ${state}`] : [];
  };
  const rest = services.filter(({ state }) => !isUp(state)).map(serviceState);
  const parts = [...inState("healthy"), ...inState("running"), ...rest];
  return `infra: ${parts.length > 0 ? parts.join("; ") : "no services"} (checked in ${duration(ms)})`;
}

export function serviceState({ service, state, exitCode, reason }: ServiceStatus): string {
  const code = state === "stopped" && exitCode !== null ? ` (exit code ${exitCode})` : "";
  return `${service} ${state}${code}${reason === null || code !== "" ? "" : `: ${reason}`}`;
}

export function setupFinished({ app, step, ms, ok, exitCode, cancelled }: Of<"setup.finished">): string {
  if (ok) return `${app}: ${step} done in ${duration(ms)}`;
  if (cancelled) return `${app}: ${step} cancelled after ${duration(ms)}`;
  return `${app}: ${step} failed after ${duration(ms)}${exitCode === null ? "" : ` (exit code ${exitCode})`}`;
}

export const taskStarted = ({ task, reason }: Of<"task.started">): string =>
  `${task} runs${reason === "first run" || reason === "no inputs" || reason === "asked for" ? "" : `: ${reason}`}`;

export const reloaded = ({ app, file, ms, how, timeline }: Of<"app.reloaded">): string =>
  `${app} reloaded ${file} in ${Math.round(ms)} ms${how === "restart" ? " (restart)" : ""}${libraries(timeline)}${grown(timeline)}`;

const libraries = (timeline: Timeline | undefined): string => (timeline?.libraries ? " (libraries imported too)" : "");

const grown = (timeline: Timeline | undefined): string =>
  timeline?.grown
    ? `, over twice its usual ${Math.round(timeline.p50)} ms: importing ${timeline.grown.module} took ${Math.round(timeline.grown.ms)} ms more`
    : "";

/** The steps of a reload, for `--verbose`. */
export function whereTimeWent({ noticed, forked, imported, answering, p50, p95 }: Timeline): string {
  const steps = { noticed, forked, imported, answering };
  const durations = Object.entries(steps).map(([step, ms]) => `${step} ${Math.round(ms)}`);
  return `save → ${durations.join(" → ")}; of this session p50 ${Math.round(p50)}, p95 ${Math.round(p95)}`;
}

export function crashed({ app, during, exitCode, signal }: Of<"app.crashed">): string {
  if (during === "import") return `${app} stopped: its code does not import`;
  if (signal !== null) return `${app} stopped: it was ended by ${signal}`;
  return exitCode === null ? `${app} stopped` : `${app} stopped: it exited with code ${exitCode}`;
}

const REASONS: Record<StopReason, string> = {
  "ctrl-c": "Ctrl+C",
  quit: "the key q",
  sigterm: "SIGTERM",
  "terminal-closed": "the terminal was closed",
  down: "devpm down",
  detach: "it starts again in the background",
  idle: "nothing happened in it for as long as idleMinutes allows",
  failed: "the start failed",
  crash: "devpm itself failed",
  "guardian-lost": "the guardian process ended",
  "output-lost": "its output could not be written",
};

/** To a reader that was too slow: how many lines it misses, and where they are. */
export const missed = (lines: number): string =>
  `${counted(lines)} ${lines === 1 ? "line was" : "lines were"} not shown, because this reader is slower than the apps: see devpm logs`;

export const stopping = (reason: StopReason): string => `stopping (${REASONS[reason]})`;

export const absent = ({ reason, services }: Of<"infra.absent">): string =>
  `infra: ${reason}${services.length > 0 ? `; going on without ${joinWithAnd(services)}` : ""}`;
