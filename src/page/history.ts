import type { Instance } from "../model/instance.ts";
import type { LineQuery } from "../model/page.ts";
import type { System } from "../system/system.ts";
import { builtFile } from "../util/package-files.ts";

/** What the history's thread is asked. */
export type HistoryQuestion = { folder: string } & (
  | { about: "lines"; query: LineQuery }
  | { about: "saves" }
  | { about: "requests"; root: string; after: number | null }
);

/** What was found, as JSON; else why nothing is known, in a sentence. */
export type HistoryAnswer = { json: string } | { error: string };

export interface HistoryThread {
  /** `LinesAnswer`. */
  lines(query: LineQuery, unwanted: AbortSignal): Promise<HistoryAnswer>;
  /** `Save[]`. */
  saves(unwanted: AbortSignal): Promise<HistoryAnswer>;
  /** `RequestsAnswer`: the last requests to each app; `after`: those with a larger number alone. */
  requests(after: number | null, unwanted: AbortSignal): Promise<HistoryAnswer>;
  close(): void;
}

const LONGEST_MS = 30_000;

const WHY = {
  slow: `the search was ended: it took longer than ${LONGEST_MS / 1_000} s`,
  died: "the search failed: it needed too much memory, or met a bug of devpm",
  unwanted: "the search was ended: its answer is not wanted any more",
} as const;

/** The logs of a session, read on a thread of their own, which starts with the first question. */
export async function openHistoryThread(
  { startThread }: Pick<System, "startThread">,
  { logs: folder, root }: Pick<Instance, "logs" | "root">,
): Promise<HistoryThread> {
  const thread = await startThread(builtFile("lib/history-main.js"));
  const ask = async (question: HistoryQuestion, unwanted: AbortSignal): Promise<HistoryAnswer> => {
    const given = await thread.ask(question, LONGEST_MS, unwanted);
    return "answer" in given ? { json: given.answer as string } : { error: WHY[given.none] };
  };
  return {
    lines: (query, unwanted) => ask({ folder, about: "lines", query }, unwanted),
    saves: (unwanted) => ask({ folder, about: "saves" }, unwanted),
    requests: (after, unwanted) => ask({ folder, about: "requests", root, after }, unwanted),
    close: thread.close,
  };
}
