import type { PageLine } from "../../src/model/page.ts";
import { linesOf } from "../api.ts";
import { onLines } from "../store.ts";
import { isPlain, parametersOf, type Filter } from "./filter.ts";
import { LogWindow } from "./window.ts";

interface Range {
  before?: number;
  after?: number;
  since?: string;
}

const PAGE = 2_000;
/** A filtered view asks the engine, which knows levels and patterns, for what came; at most this often. */
const ASK_MS = 400;

/** Fills a window with the lines of one filter: from the history at both ends, and live at the newer one. */
export class LogReader {
  readonly window = new LogWindow();
  isLoading = true;
  /** Why the last search found nothing; "": it did not fail. */
  problem = "";
  readonly #filter: Filter;
  readonly #changed: () => void;
  #leave: (() => void) | null = null;
  #loading: Promise<void> | null = null;
  /** What came live while the history was read. */
  #early: PageLine[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** The engine searches for one page after the other: a search that is no longer wanted must not hold up the next. */
  readonly #closed = new AbortController();

  constructor(filter: Filter, changed: () => void) {
    this.#filter = filter;
    this.#changed = changed;
  }

  async start(): Promise<void> {
    this.#leave = onLines((lines) => (typeof lines === "string" ? this.#broke() : this.#came(lines)));
    await this.#newest();
  }

  close(): void {
    this.#leave?.();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#closed.abort();
  }

  /** Lines are missing after the last one: one who follows gets the newest, one who reads finds them on the way down. */
  #broke(): void {
    this.window.isLive = false;
    this.problem = "";
    this.#changed();
  }

  /** The newest lines, whatever was here before. */
  async #newest(): Promise<void> {
    await this.#loading;
    this.#early = [];
    return this.#load({}, (lines, isEnd) => {
      this.window.reset(lines, isEnd);
      const early = this.#early.splice(0);
      if (early.length > 0) this.#came(early);
    });
  }

  /** The next older lines. */
  async older(): Promise<void> {
    const first = this.window.lines[0];
    if (first === undefined || this.window.isStart) return;
    await this.#load({ before: first.n }, (lines, isEnd) => this.window.prepend(lines, isEnd));
  }

  /** The next newer lines, where the newest are not here. */
  async newer(): Promise<void> {
    const last = this.window.lines.at(-1);
    if (last === undefined || this.window.isLive) return;
    await this.#load({ after: last.n, since: last.at }, (lines, isEnd) => this.window.append(lines, isEnd));
  }

  async toStart(): Promise<void> {
    await this.#loading;
    await this.#load({ after: 0 }, (lines, isEnd) => {
      this.window.reset(lines, true);
      this.window.isLive = isEnd;
    });
  }

  async toEnd(): Promise<void> {
    if (this.window.isLive || this.isLoading || this.problem !== "") return;
    await this.#newest();
  }

  #came(lines: readonly PageLine[]): void {
    if (!this.window.isLive) return void (this.isLoading && this.#early.push(...lines));
    if (!isPlain(this.#filter)) return this.#askLater();
    const { apps } = this.#filter;
    this.window.append(apps.length === 0 ? lines : lines.filter(({ app }) => apps.includes(app)), true);
    this.#changed();
  }

  #askLater(): void {
    const ask = async (): Promise<void> => {
      // what is being read may have been asked for before this line came
      await this.#loading;
      this.#timer = null;
      const last = this.window.lines.at(-1);
      const from = last === undefined ? { after: 0 } : { after: last.n, since: last.at };
      await this.#load(from, (found, isEnd) => this.window.append(found, isEnd));
    };
    this.#timer ??= setTimeout(() => void ask(), ASK_MS);
  }

  /** One at a time: another one meanwhile is left out, and asked for again by the next scroll or line. */
  #load(range: Range, take: (lines: PageLine[], isEnd: boolean) => void): Promise<void> {
    if (this.#loading) return Promise.resolve();
    this.isLoading = true;
    this.#loading = this.#loaded(range, take).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #loaded(range: Range, take: (lines: PageLine[], isEnd: boolean) => void): Promise<void> {
    const query = parametersOf(this.#filter);
    query.set("limit", String(PAGE));
    for (const [name, value] of Object.entries(range)) query.set(name, String(value));
    const answer = await linesOf(query, this.#closed.signal);
    if (this.#closed.signal.aborted) return;
    this.isLoading = false;
    this.problem = "error" in answer ? answer.error : "";
    if ("lines" in answer) take(answer.lines, answer.isEnd);
    this.#changed();
  }
}
