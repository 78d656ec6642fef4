import type { LineQuery } from "../model/page.ts";
import type { System } from "../system/system.ts";
import { builtFile } from "../util/package-files.ts";
import type { PageSession } from "./session.ts";

/** What the history's thread is asked. */
export type HistoryQuestion = { folder: string } & (
  | { about: "lines"; query: LineQuery }
  | { about: "saves" }
  | { about: "requests"; root: string }
);

/** What was found, as JSON; else why nothing is known, in a sentence. */
export type Found = { json: string } | { error: string };

export interface PageHistory {
  /** `LinesAnswer`. */
  lines(query: LineQuery, gone: AbortSignal): Promise<Found>;
  /** `Save[]`. */
  saves(gone: AbortSignal): Promise<Found>;
  /** `TracedRequest[]`: the last requests to each app; oldest first. */
  requests(gone: AbortSignal): Promise<Found>;
  close(): void;
}

const LONGEST_MS = 30_000;

const WHY = {
  slow: `the search was ended: it took longer than ${LONGEST_MS / 1_000} s`,
  died: "the search failed: it needed too much memory, or met a bug of devpm",
  unwanted: "the browser was gone before the search began",
} as const;

/** The logs of a session, read on a thread of their own, which starts with the first question. */
export async function openPageHistory(
  { startThread }: Pick<System, "startThread">,
  { logs: folder, root }: Pick<PageSession, "logs" | "root">,
): Promise<PageHistory> {
  const thread = await startThread(builtFile("lib/history-main.js"));
  const ask = async (question: HistoryQuestion, gone: AbortSignal): Promise<Found> => {
    const given = await thread.ask(question, LONGEST_MS, gone);
    return "answer" in given ? { json: given.answer as string } : { error: WHY[given.none] };
  };
  return {
    lines: (query, gone) => ask({ folder, about: "lines", query }, gone),
    saves: (gone) => ask({ folder, about: "saves" }, gone),
    requests: (gone) => ask({ folder, about: "requests", root }, gone),
    close: thread.close,
  };
}
