import type { PageLine } from "../../src/model/page.ts";

/** Lines that are kept at once; more are dropped at the end that is out of view, and loaded again on the way back. */
export const MOST_LINES = 200_000;

/**
 * A part of the history without a gap, which grows at both ends. `base` is the position of its first line on a ruler that
 * never moves, so that a view stays where it is while lines come and go before it.
 */
export class LogWindow {
  lines: PageLine[] = [];
  base = 0;
  /** Nothing is older than the first line. */
  isStart = false;
  /** Nothing is newer than the last line: what comes is appended. */
  isLive = false;

  /** With the newest lines there are. */
  reset(lines: readonly PageLine[], isStart: boolean): void {
    this.lines = [...lines];
    this.base = 0;
    this.isStart = isStart;
    this.isLive = true;
  }

  /** Older lines, which were asked for before the first one. */
  prepend(older: readonly PageLine[], isStart: boolean): void {
    const first = this.lines[0]?.n ?? Infinity;
    const added = older.filter(({ n }) => n < first);
    this.lines = added.concat(this.lines);
    this.base -= added.length;
    this.isStart = isStart;
    if (this.lines.length <= MOST_LINES) return;
    this.lines.length = MOST_LINES;
    this.isLive = false;
  }

  /** Newer lines. Those it has already are left out: the history and the live stream overlap. */
  append(newer: readonly PageLine[], isEnd: boolean): void {
    let last = this.lines.at(-1)?.n ?? -1;
    for (const line of newer) {
      if (line.n <= last) continue;
      this.lines.push(line);
      last = line.n;
    }
    this.isLive = isEnd;
    const over = this.lines.length - MOST_LINES;
    // in large pieces: each moves every line
    if (over < MOST_LINES / 20) return;
    this.lines.splice(0, over);
    this.base += over;
    this.isStart = false;
  }
}
