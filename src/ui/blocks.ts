import { stripVTControlCharacters } from "node:util";
import { eventsOf, lastLineOf, type LogEvent } from "../model/log-batch.ts";
import type { Show } from "../session/backpressure.ts";
import type { Clock } from "../system/clock.ts";

/** Lines of one block follow each other within this time; other lines wait at most this long after its last line. */
const QUIET_MS = 15;
/** An endless block must not silence the others. */
const LONGEST_MS = 200;
const MOST_HELD = 500;

/**
 * Keeps a traceback, a stack or an indented block together when several apps print simultaneously: while one app's
 * block continues, other apps' lines wait a few milliseconds. An app's own lines keep their order, and a line is only
 * delayed where another app is in the middle of a block.
 */
export function keepingBlocks(show: Show, clock: Pick<Clock, "sleep" | "monotonic">): Show {
  let open: { app: string; since: number } | null = null;
  let held: LogEvent[] = [];
  let timer = new AbortController();

  const wait = (): void => {
    timer.abort();
    timer = new AbortController();
    const { signal } = timer;
    void clock.sleep(QUIET_MS, signal).then(() => {
      if (!signal.aborted) close();
    });
  };

  const close = (): void => {
    timer.abort();
    open = null;
    const waiting = held;
    held = [];
    for (const event of waiting) take(event);
  };

  /** A line of the app has been shown; `part`: the block continues, or may. */
  const after = (app: string, part: boolean): void => {
    if (part) open ??= { app, since: clock.monotonic() };
    if (part && open && clock.monotonic() - open.since < LONGEST_MS) wait();
    else if (open) close();
  };

  const take = (event: LogEvent): void => {
    if (open && open.app !== event.app) {
      held.push(event);
      if (held.length >= MOST_HELD) close();
      return;
    }
    show.event(event);
    after(event.app, belongsToBlock(event.line));
  };

  /** A line that waited may begin a block itself, for which others wait. */
  const release = (): void => {
    if (open === null) return;
    close();
    release();
  };

  return {
    event(event) {
      if (event.event === "log") return take(event);
      release();
      show.event(event);
    },
    lines(batch) {
      if (open && open.app !== batch.app) return eventsOf(batch).forEach(take);
      show.lines(batch);
      // nothing comes between lines that come together: only the last one can keep a block open
      after(batch.app, belongsToBlock(lastLineOf(batch)));
    },
  };
}

const BEGINS = /^(?:Traceback \(most recent call last\):|goroutine \d+ |panic: |Exception in thread |Unhandled )/;
const CHAINED = /^(?:During handling of the above|The above exception was|Caused by: |\s*\| |\s*\+-)/;
const ERROR = /^(?:Uncaught )?[A-Za-z_][\w.$]*(?:Error|Exception|Warning|Interrupt|Exit)(?: \[\w+\])?(?::|$)/;

/** The block continues, or may: indented, empty, the beginning of a trace, or the line that names an error. */
function belongsToBlock(line: string): boolean {
  const text = line.includes("\u001B") ? stripVTControlCharacters(line) : line;
  return /^\s/.test(text) || text === "" || BEGINS.test(text) || CHAINED.test(text) || ERROR.test(text);
}
