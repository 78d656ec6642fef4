/** The thread that searches the logs for the page: hundreds of megabytes may lie between the newest line and the found one. */
import { parentPort } from "node:worker_threads";
import { logFiles } from "../system/log-files.ts";
import { boundedPattern } from "../system/bounded-pattern.ts";
import { findLines, findSaves } from "./find-lines.ts";
import type { HistoryQuestion } from "./history.ts";

parentPort?.on("message", (question: HistoryQuestion) => {
  const { folder, lines } = question;
  const finder = { logFiles, bounded: boundedPattern };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(lines === null ? findSaves(finder, folder) : findLines(finder, folder, lines));
});
