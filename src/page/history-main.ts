/** The thread that searches the logs for the page and for the terminal's `/`: hundreds of megabytes may lie between the newest line and the found one. */
import { parentPort } from "node:worker_threads";
import { logFiles } from "../system/logs/log-files.ts";
import { boundedPattern } from "../system/bounded-pattern.ts";
import { appsWithLogs } from "../logs/segments.ts";
import { findRequests } from "../requests/find-requests.ts";
import { findLines, findSaves } from "./find-lines.ts";
import type { HistoryQuestion } from "./history.ts";

const finder = { logFiles, bounded: boundedPattern };

function answered(question: HistoryQuestion): unknown {
  const { folder } = question;
  switch (question.about) {
    case "lines":
      return findLines(finder, folder, question.query);
    case "saves":
      return findSaves(finder, folder);
    case "requests": {
      const { root, after } = question;
      return findRequests(logFiles, folder, { apps: appsWithLogs(logFiles.names(folder)), root, since: null, after });
    }
  }
}

parentPort?.on("message", (question: HistoryQuestion) => {
  // as the browser takes it: the engine makes no objects of thousands of lines
  const text = JSON.stringify(answered(question));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(text);
});
