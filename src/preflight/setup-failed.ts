import type { App, SetupStep } from "../config/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { quoted } from "../util/quoted.ts";
import type { CommandResult } from "../system/commands.ts";

const QUOTED = 6;

export function setupFailed(
  app: App,
  step: SetupStep,
  { exitCode, signal, failure }: CommandResult,
  lines: readonly string[],
): Diagnostic {
  const ended = failure ?? (exitCode === null ? `ended by ${signal}` : `exit code ${exitCode}`);
  return {
    code: "DEVPM_SETUP_FAILED",
    summary: `${app.name} was not started: ${step.title} failed`,
    severity: "error",
    evidence: [
      ["step", `${step.title}  (${ended})`],
      ["in", step.cwd],
    ],
    excerpt: lines.filter((line) => line.trim() !== "").slice(-QUOTED),
    fixes: [
      { label: "see all it says", command: `cd ${quoted(step.cwd)} && ${quoted(...step.run)}` },
      { label: "then", command: `devpm restart ${app.name}` },
    ],
  };
}
