import type { LogRecord } from "../logs/record.ts";
import type { ActionOptions } from "./action-options.ts";
import { everyone } from "./shown.ts";
import type { Filter, View } from "./view.ts";

/** What a search has seen. */
export interface Searched {
  /** The number of the newest line that it has seen. */
  after: number;
  /** The newest that match, oldest first. */
  found: readonly LogRecord[];
  /** Why the history was not searched. */
  failed: string | null;
}

export interface HistorySearch {
  /** Goes through the whole history, while everything goes on. null: it was ended before. */
  begin(view: View & { filter: Filter }, limit: number): Promise<Searched | null>;
  /** false: there is none under way. */
  end(): boolean;
}

/** The one search through the history that may be under way. */
export function createSearch({ shown, session, changed }: ActionOptions): HistorySearch {
  let current: AbortController | null = null;
  const now = (mine: AbortController | null, text: string | null): void => {
    current = mine;
    shown.searching = text;
    changed();
  };
  return {
    async begin({ names, filter }, limit) {
      const mine = new AbortController();
      now(mine, filter.text);
      const apps = [...(names ?? everyone(shown))];
      const { records } = await session.history({ apps, limit: 1, since: null, accept: () => true });
      const after = records.at(-1)?.n ?? -1;
      if (mine.signal.aborted) return null;
      const found = await session.search({ apps, find: filter.find, limit, before: after + 1 }, mine.signal);
      if (mine.signal.aborted) return null;
      now(null, null);
      return typeof found === "string" ? { after, found: [], failed: found } : { after, found, failed: null };
    },
    end() {
      if (current === null) return false;
      current.abort();
      now(null, null);
      return true;
    },
  };
}
