import { linesOf, type LogBatch } from "../model/log-batch.ts";

/** The last lines of an app. Lines that came together are kept as they came, and taken apart when they are read. */
export class RecentLines {
  readonly #most: number;
  #kept: Pick<LogBatch, "text" | "count">[] = [];
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(line: string): void {
    this.addBatch({ text: line, count: 1 });
  }

  addBatch(batch: Pick<LogBatch, "text" | "count">): void {
    this.#kept.push(batch);
    this.#count += batch.count;
    if (this.#count < this.#most * 2) return;
    let first = 0;
    while (this.#count - (this.#kept[first]?.count ?? 0) >= this.#most) this.#count -= this.#kept[first++]?.count ?? 0;
    this.#kept.splice(0, first);
  }

  clear(): void {
    this.#kept = [];
    this.#count = 0;
  }

  get lines(): string[] {
    return this.#kept.flatMap(linesOf).slice(-this.#most);
  }
}
