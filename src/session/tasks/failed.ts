import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Task } from "../../model/project.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { joinWithAnd } from "../../util/text.ts";
import { crashExcerpt } from "../apps/crash/excerpt.ts";
import type { CrashAdvice } from "../apps/crash/facts.ts";

export interface FailedTask {
  task: Task;
  /** null: it could not be started; `why` has the reason. */
  exitCode: number | null;
  why: string;
  output: readonly string[];
  /** Apps that do not start because of it. */
  waiting: readonly string[];
  /** What its output says about the cause. */
  advice: CrashAdvice;
}

/** One diagnostic for a failed task, with its output, the cause where it is known, and what waits for it. */
export function taskFailed({ task, exitCode, why, output, waiting, advice }: FailedTask): Diagnostic {
  const { command, cwd, name } = task;
  const line = command.shell ? command.line : shellQuote(...command.argv);
  const wait = waiting.length === 1 ? "waits" : "wait";
  return {
    code: "DEVPM_TASK_FAILED",
    severity: "error",
    summary: exitCode === null ? `${name} could not be run: ${why}` : `${name} failed`,
    evidence: [["command", exitCode === null ? line : `${line}  (${why})`], ["in", cwd], ...advice.evidence],
    app: name,
    excerpt: crashExcerpt(output),
    state: waiting.length > 0 ? `${joinWithAnd(waiting)} ${wait} for it.` : "Everything else keeps running.",
    fixes:
      advice.fixes.length > 0
        ? advice.fixes
        : [
            {
              label: "look into it",
              command: `devpm run ${shellQuote(name)} -- ${command.shell ? `sh -c ${shellQuote(line)}` : line}`,
            },
            { label: "then, where no save has mended it", command: `devpm start ${shellQuote(name)}` },
          ],
  };
}

/** `exit code 137, SIGKILL`: as a shell reports a command that a signal ended. */
export function howEnded(exitCode: number): string {
  const signal = SIGNALS[exitCode - 128];
  return signal === undefined ? `exit code ${exitCode}` : `exit code ${exitCode}, ${signal}`;
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  6: "SIGABRT",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};
