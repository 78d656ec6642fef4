import type { ContainerDetails } from "../system/docker/types.ts";
import { failureIn } from "./failure.ts";
import type { ServiceState } from "../model/service-status.ts";
import type { Observation } from "./observation.ts";

/** Pure: why a service is not usable, in one line; null where it is, or where there is nothing to report. */
export function reasonFor(state: ServiceState, { container, details }: Observation): string | null {
  switch (state) {
    case "unhealthy":
      return details ? checkSaid(details) : "its health check fails";
    case "restarting":
      return details ? restarts(details) : "it restarts again and again";
    case "stopped":
      return details && container.state !== "created"
        ? endOf(details)
        : refusedWords(details?.error ?? "") || "it was never started";
    case "paused":
      return "it is paused";
    case "healthy":
    case "running":
    case "starting":
    case "missing":
      return null;
  }
}

function restarts(details: ContainerDetails): string {
  const times = details.restartCount === 1 ? "once" : `${details.restartCount} times`;
  // between two ends it runs for a moment, and then the engine has forgotten how it ended
  return details.state === "running" ? `restarted ${times}` : `restarted ${times}: ${endOf(details)}`;
}

/** Pure: the health check's command as a person would type it. */
export function checkCommand(test: readonly string[]): string {
  return test[0] === "CMD" || test[0] === "CMD-SHELL" ? test.slice(1).join(" ") : test.join(" ");
}

/** Pure: what the health check last printed, on one line. */
export function checkSaid({ health }: ContainerDetails): string {
  if (!health) return "it has no health check";
  const last = health.results.at(-1);
  const output = (last?.output ?? "").trim().split("\n").at(-1)?.trim() ?? "";
  const times = health.failingStreak === 1 ? "once" : `${health.failingStreak} times in a row`;
  return `its health check failed ${times}${output ? `, with the last output "${output}"` : ` (exit code ${last?.exitCode ?? "?"})`}`;
}

const refusedWords = (error: string): string => error && failureIn(error).words;

/** Pure: how its process ended. */
export function endOf({ oomKilled, exitCode, error }: ContainerDetails): string {
  if (error) return refusedWords(error);
  if (oomKilled) return "it ran out of memory and was killed by the kernel";
  if (exitCode === 137) return "it was killed (exit code 137)";
  if (exitCode === 143) return "it was stopped (exit code 143)";
  return `it exited with code ${exitCode}`;
}

const TELLING =
  /\b(fatal|panic|error|exception|denied|refused|failed|cannot|can't|unable|invalid|no space|not permitted)\b/i;

/** A line's own level: what a program says while it shuts down sounds worse than it is. */
const LESSER = /\b(INFO|DEBUG|TRACE)\b/;

const MOST_LINES = 3;

/** Pure: the few log lines that explain why, oldest first: those that sound like a cause, else the last ones. */
export function tellingLines(lines: readonly string[]): string[] {
  const printed = lines.map((line) => line.trim()).filter(Boolean);
  const telling = printed.filter((line) => TELLING.test(line) && !LESSER.test(line));
  return [...new Set(telling.length > 0 ? telling : printed)].slice(-MOST_LINES);
}
