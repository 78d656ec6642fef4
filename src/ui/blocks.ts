import { stripVTControlCharacters } from "node:util";
import type { Stamped } from "../model/events.ts";
import type { Streamed } from "../model/protocol.ts";
import type { Clock } from "../system/clock.ts";

type Log = Stamped<Extract<Stamped, { event: "log" }>>;

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
export function keepingBlocks(
  show: (event: Streamed) => void,
  clock: Pick<Clock, "sleep" | "monotonic">,
): (event: Streamed) => void {
  let open: { app: string; since: number } | null = null;
  let held: Log[] = [];
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

  const take = (event: Log): void => {
    if (open && open.app !== event.app) {
      held.push(event);
      if (held.length >= MOST_HELD) close();
      return;
    }
    const part = belongsToBlock(event.line);
    show(event);
    if (part) {
      open ??= { app: event.app, since: clock.monotonic() };
      if (clock.monotonic() - open.since < LONGEST_MS) return wait();
    }
    if (open) close();
  };

  /** A line that waited may begin a block itself, for which others wait. */
  const release = (): void => {
    if (open === null) return;
    close();
    release();
  };

  return (event) => {
    if (event.event === "log") return take(event);
    release();
    show(event);
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
