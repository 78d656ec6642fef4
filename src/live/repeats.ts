import type { LogEvent } from "../model/log-batch.ts";

/** What is to be shown: a line, or that the last one shown of that app came so many times more. */
export type ShownLine = { event: LogEvent; again: 0 } | { event: LogEvent; again: number };

/** The lines of an app that are the same as the one before. */
interface Run {
  line: string;
  /** The latest that is not shown yet. */
  held: LogEvent | null;
  count: number;
  /** Monotonic milliseconds: when `count` is reported. */
  due: number;
  wait: number;
}

/** A line that comes twice is shown twice; an endless one is reported ever less often. Milliseconds. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 60_000;
const LONGER = 8;

/** Folds lines that repeat. Pure: it is given the time, and asked for what is due. */
export class Repeats {
  readonly #runs = new Map<string, Run>();

  /** The line that an app showed last: a batch that begins otherwise does not go on with it. */
  lastOf(app: string): string | null {
    return this.#runs.get(app)?.line ?? null;
  }

  take(event: LogEvent, now: number): ShownLine[] {
    const run = this.#runs.get(event.app);
    if (run === undefined || run.line !== event.line || event.line.trim() === "") {
      const before = this.end(event.app);
      this.begin(event.app, event.line);
      return [...before, { event, again: 0 }];
    }
    if (run.count++ === 0) run.due = now + run.wait;
    run.held = event;
    return [];
  }

  /** What was shown without being taken. */
  begin(app: string, line: string): void {
    this.#runs.set(app, { line, held: null, count: 0, due: Infinity, wait: FIRST_WAIT });
  }

  /** Ends the repeats of one app, or of all: something else comes. */
  end(app?: string): ShownLine[] {
    const apps = app === undefined ? [...this.#runs.keys()] : [app];
    return apps.flatMap((name) => this.#report(this.#runs.get(name)));
  }

  clear(): void {
    this.#runs.clear();
  }

  due(now: number): ShownLine[] {
    return [...this.#runs.values()].flatMap((run) => {
      if (now < run.due) return [];
      run.wait = Math.min(LONGEST_WAIT, run.wait * LONGER);
      return this.#report(run);
    });
  }

  /** When `due` has something, Infinity where it never will. */
  get next(): number {
    return Math.min(Infinity, ...[...this.#runs.values()].map(({ due }) => due));
  }

  #report(run: Run | undefined): ShownLine[] {
    if (!run?.held) return [];
    const { held, count } = run;
    run.held = null;
    run.count = 0;
    run.due = Infinity;
    return [{ event: held, again: count === 1 ? 0 : count }];
  }
}
