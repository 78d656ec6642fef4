import type { LineQuery, LinesAnswer, Save } from "../model/page.ts";
import type { TracedRequest } from "../model/traced-request.ts";
import type { System } from "../system/system.ts";
import { builtFile } from "../util/package-files.ts";
import type { PageSession } from "./session.ts";

/** What the history's thread is asked. */
export type HistoryQuestion = { folder: string } & (
  | { about: "lines"; query: LineQuery }
  | { about: "saves" }
  | { about: "requests"; root: string }
);

export interface PageHistory {
  /** null: the search took too long, or the browser was gone before it began. */
  lines(query: LineQuery, gone: AbortSignal): Promise<LinesAnswer | null>;
  saves(): Promise<Save[] | null>;
  /** The last requests to each app; oldest first. */
  requests(): Promise<TracedRequest[] | null>;
  close(): void;
}

const LONGEST_MS = 30_000;

/** The logs of a session, read on a thread of their own, which starts with the first question. */
export async function openPageHistory(
  { startThread }: Pick<System, "startThread">,
  { logs: folder, root }: Pick<PageSession, "logs" | "root">,
): Promise<PageHistory> {
  const thread = await startThread(builtFile("lib/history-main.js"));
  const ask = (question: HistoryQuestion, gone?: AbortSignal): Promise<unknown> =>
    thread.ask(question, LONGEST_MS, gone);
  return {
    lines: async (query, gone) => (await ask({ folder, about: "lines", query }, gone)) as LinesAnswer | null,
    saves: async () => (await ask({ folder, about: "saves" })) as Save[] | null,
    requests: async () => (await ask({ folder, about: "requests", root })) as TracedRequest[] | null,
    close: thread.close,
  };
}
