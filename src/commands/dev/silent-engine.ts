import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Clock } from "../../system/clock.ts";
import type { Line } from "../../system/processes/helpers.ts";

/** A node that runs says so within 200 ms; one that lacks threads or memory may hang in its own start for ever. */
const FIRST_WORD_MS = 60_000;
/** An engine that is asked to stop says so at once, whatever it does. */
const ANSWER_MS = 5_000;

/**
 * A starting engine does not answer: it has never said a word, or none since it was asked to stop. One that speaks may take any
 * time. Does not resolve where it answers or ends.
 */
export function whereSilent(clock: Clock, line: Line, stopping: AbortSignal): Promise<"never" | "stopped"> {
  const [spoken, ended] = [new AbortController(), new AbortController()];
  let words = 0;
  line.onMessage(() => {
    words++;
    spoken.abort();
  });
  void line.closed.then(() => {
    spoken.abort();
    ended.abort();
  });
  return new Promise((resolve) => {
    void clock.sleep(FIRST_WORD_MS, spoken.signal).then(() => words > 0 || ended.signal.aborted || resolve("never"));
    stopping.addEventListener("abort", () => {
      const before = words;
      void clock
        .sleep(ANSWER_MS, ended.signal)
        .then(() => words > before || ended.signal.aborted || resolve("stopped"));
    });
  });
}

export const engineSilent = (pid: number, logFile: string): Diagnostic => ({
  code: "DEVPM_ENGINE_SILENT",
  severity: "error",
  summary: `the process that was to run the session has said nothing for ${FIRST_WORD_MS / 1_000} s`,
  evidence: [
    ["process", `pid ${pid}, which was ended`],
    ["log", logFile],
  ],
  state: "Nothing was started.",
  fixes: [{ label: "see how many processes and threads are allowed", command: "ulimit -u" }],
});
