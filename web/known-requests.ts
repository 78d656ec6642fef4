import type { RequestsAnswer } from "../src/model/page.ts";
import type { TracedRequest } from "../src/model/traced-request.ts";

/** For each app. */
export const MOST_KNOWN = 500;
/** A request is complete after that: its measurement and its traceback come behind its line. */
const LATE_MS = 5_000;

/** The requests that the page has: the engine is asked only for what came since, and for the last seconds once more. */
export class KnownRequests {
  all: readonly TracedRequest[] = [];
  /** How far the answers went, the oldest first, and when each came: by a clock that never jumps. */
  #read: { last: number; at: number }[] = [];

  /** Requests with a larger number are asked for; null: all. */
  after(now: number): number | null {
    const late = this.#read.findLastIndex(({ at }) => at <= now - LATE_MS);
    this.#read = this.#read.slice(Math.max(0, late));
    return late === -1 ? null : (this.#read[0]?.last ?? null);
  }

  take({ requests, last }: RequestsAnswer, after: number | null, now: number): void {
    this.#read.push({ last, at: now });
    const all = [...this.all.filter(({ id }) => after !== null && id <= after), ...requests];
    const count = new Map<string, number>();
    const isKept = ({ app }: TracedRequest): boolean => {
      const newer = count.get(app) ?? 0;
      count.set(app, newer + 1);
      return newer < MOST_KNOWN;
    };
    this.all = all.toReversed().filter(isKept).toReversed();
  }
}
