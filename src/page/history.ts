import type { LineQuery, LinesAnswer, Save } from "../model/page.ts";
import type { System } from "../system/system.ts";
import { builtFile } from "../util/package-files.ts";

/** What the history's thread is asked; `lines` null: the saves. */
export interface HistoryQuestion {
  folder: string;
  lines: LineQuery | null;
}

export interface PageHistory {
  /** null: the search took too long. */
  lines(query: LineQuery): Promise<LinesAnswer | null>;
  saves(): Promise<Save[] | null>;
  close(): void;
}

const LONGEST_MS = 30_000;

/** The logs of a session, read on a thread of their own, which starts with the first question. */
export async function openPageHistory(
  { startThread }: Pick<System, "startThread">,
  folder: string,
): Promise<PageHistory> {
  const thread = await startThread(builtFile("lib/history-main.js"));
  const ask = (lines: LineQuery | null): Promise<unknown> =>
    thread.ask({ folder, lines } satisfies HistoryQuestion, LONGEST_MS);
  return {
    lines: async (query) => (await ask(query)) as LinesAnswer | null,
    saves: async () => (await ask(null)) as Save[] | null,
    close: thread.close,
  };
}
