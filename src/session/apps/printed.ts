import { RecentLines } from "../../logs/recent-lines.ts";
import { linesOf, type LogBatch } from "../../model/log-batch.ts";
import type { App } from "../../model/project.ts";
import type { Clock } from "../../system/clock.ts";
import { plainLine } from "../../util/text.ts";
import { KEPT_LINES } from "./crash/excerpt.ts";
import { drained } from "./drained.ts";

interface PrintedOptions {
  clock: Clock;
  app: () => App;
  /** The line that `ready.log` waits for was printed: once for each process. */
  answers: () => void;
}

/** What an app's process has printed: its last lines, and among them the one that `ready.log` waits for. */
export class Printed {
  readonly #options: PrintedOptions;
  readonly #recent = new RecentLines(KEPT_LINES);
  /** The pattern, which may be slow, is not tried on others. */
  #answered = false;
  #last = 0;
  #heard = (): void => {};

  constructor(options: PrintedOptions) {
    this.#options = options;
  }

  /** The last lines, without colours. */
  get lines(): string[] {
    return this.#recent.lines;
  }

  /** Colours are removed: patterns and excerpts work on the text alone. */
  line(printed: string): void {
    const text = plainLine(printed);
    this.#recent.add(text);
    this.#note([text]);
  }

  /** Many lines; there are no colours in them. */
  batch(batch: LogBatch): void {
    this.#recent.addBatch(batch);
    this.#note(this.#options.app().ready.kind === "log" && !this.#answered ? linesOf(batch) : []);
  }

  /** Calls `heard` at each output from now on, and no one else. */
  onOutput(heard: () => void): void {
    this.#heard = heard;
  }

  /** A new process begins. */
  renew(): void {
    this.#answered = false;
    this.#recent.clear();
  }

  /** Resolves once what an ended process has printed has come. */
  drained(): Promise<void> {
    return drained(this.#options.clock, () => this.#last);
  }

  #note(lines: readonly string[]): void {
    this.#last = this.#options.clock.monotonic();
    this.#heard();
    const { ready } = this.#options.app();
    if (ready.kind !== "log" || this.#answered) return;
    this.#answered = lines.some((line) => ready.pattern.test(line));
    if (this.#answered) this.#options.answers();
  }
}
