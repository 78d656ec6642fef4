import { eachBetween } from "../logs/encode-lines.ts";
import { createLevelReader } from "../logs/level.ts";
import type { Level } from "../logs/level-names.ts";
import { eventsOf, lastLineOf, type LogBatch, type LogEvent } from "../model/log-batch.ts";
import type { Clock } from "../system/clock.ts";
import type { Output } from "../system/terminal/terminal.ts";
import type { Colors } from "../ui/colors.ts";
import type { Echo } from "../ui/echo.ts";
import type { Lead, LogUi } from "../ui/log-ui.ts";
import { displayWidth, printableLine, wrap } from "../util/text.ts";
import { Repeats, type ShownLine } from "./repeats.ts";

export interface LineOptions {
  out: Output;
  colors: Colors;
  clock: Pick<Clock, "sleep" | "monotonic">;
  /** Read for each line: everything is shown as it comes. */
  verbose: () => boolean;
  /** A line that is left out: an access line of a probe of devpm's. */
  isNoise: (event: Pick<LogEvent, "app" | "line">) => boolean;
}

export interface LiveLines extends LogUi {
  /** Shows what is held back. */
  flush(): void;
  /** And compares what comes next with nothing: the line before it is no longer the one above. */
  fresh(): void;
}

/** More lines at once are not read by anyone: their levels are not looked for, which costs more than everything else. */
const MANY = 200;
/** A longer one is a dump of data: the terminal wraps it. In rows. */
const MOST_ROWS = 12;

/** The lines of apps for a person who watches: repeats are folded, noise is left out, what says that it is an error is red. */
export function createLiveLines(options: LineOptions, echo: Echo, lead: Lead): LiveLines {
  const { out, colors, clock, verbose, isNoise } = options;
  const repeats = new Repeats();
  const levelOf = createLevelReader();
  let waiting = new AbortController();

  const print = ({ event, again }: ShownLine): void => {
    if (again > 0) out.write(`${lead.of(event)}${colors.dim(`×${again} more like this`)}\n`);
    else out.write(formatted(event, levelOf(event), { lead, colors, columns: out.columns }));
  };
  const wait = (): void => {
    waiting.abort();
    if (repeats.next === Infinity) return;
    waiting = new AbortController();
    const { signal } = waiting;
    void clock.sleep(Math.max(0, repeats.next - clock.monotonic()), signal).then(() => {
      if (signal.aborted) return;
      repeats.due(clock.monotonic()).forEach(print);
      wait();
    });
  };
  const flush = (): void => {
    repeats.end().forEach(print);
    wait();
  };
  const line = (event: LogEvent): void => {
    if (!echo.show(event.app, event.line, event.at)) return;
    if (verbose()) return print({ event, again: 0 });
    if (isNoise(event)) return;
    const { next } = repeats;
    repeats.take(event, clock.monotonic()).forEach(print);
    if (repeats.next !== next) wait();
  };
  /** Nothing of it has to be looked at on its own. */
  const isPlain = (batch: LogBatch): boolean => {
    if (!isWithin(batch.text, out.columns - displayWidth(lead.of(batch)), !verbose())) return false;
    if (batch.count <= MANY) return false;
    return verbose() || !batch.text.startsWith(`${repeats.lastOf(batch.app) ?? "\n"}\n`);
  };
  return {
    line,
    lines(batch) {
      if (!echo.showBatch(batch)) return eventsOf(batch).forEach(line);
      if (!isPlain(batch)) return unechoed(batch);
      repeats.end(batch.app).forEach(print);
      repeats.begin(batch.app, lastLineOf(batch));
      out.writeBytes(eachBetween(batch, lead.of(batch), "\n"));
    },
    flush,
    fresh: () => (flush(), repeats.clear()),
  };
  /** The echo has them already. */
  function unechoed(batch: LogBatch): void {
    for (const event of eventsOf(batch)) {
      if (verbose()) print({ event, again: 0 });
      else if (!isNoise(event)) repeats.take(event, clock.monotonic()).forEach(print);
    }
    wait();
  }
}

/** Whether each line has room, and none is the one before it. */
function isWithin(text: string, room: number, distinct: boolean): boolean {
  let before = "";
  for (let from = 0; from <= text.length;) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? text.length : end);
    if (line.length > room || (distinct && line === before && line !== "")) return false;
    before = line;
    if (end < 0) break;
    from = end + 1;
  }
  return true;
}

interface Format {
  lead: Lead;
  colors: Colors;
  columns: number;
}

/** The line behind its app's name; where it has no room, what goes on stands below itself. */
export function formatted(event: LogEvent, level: Level | null, { lead, colors, columns }: Format): string {
  const first = lead.of(event, level);
  const text = printableLine(event.line, colors);
  // its own colours say more
  const paint = text.includes("\u001B") ? (part: string): string => part : paintOf(text, level, colors);
  const room = columns - displayWidth(first);
  if (displayWidth(text) <= room || room < 20 || text.length > columns * MOST_ROWS) return `${first}${paint(text)}\n`;
  const [, indent = ""] = /^(\s*)/.exec(text) ?? [];
  const deep = indent.includes("\t") || indent.length > room / 2 ? "" : indent;
  const rows = inTheirColors(wrap(text.slice(indent.length), room - deep.length)).map((row) => paint(deep + row));
  return `${first}${rows.join(`\n${lead.more(event, level)}`)}\n`;
}

const ESCAPE = "\u001B";
const COLOR = new RegExp(`${ESCAPE}\\[[\\d;:]*m`, "g");
const RESET = `${ESCAPE}[0m`;

/** A colour that is on at the end of a row is off in what stands before the next one, and on again in that. */
function inTheirColors(rows: readonly string[]): string[] {
  let on = "";
  return rows.map((row) => {
    const before = on;
    for (const [code] of row.matchAll(COLOR)) on = code === RESET || code === `${ESCAPE}[m` ? "" : on + code;
    return `${before}${row}${on === "" ? "" : RESET}`;
  });
}

/** Indented lines of an error are the code of a traceback: they keep their own colours. */
function paintOf(text: string, level: Level | null, colors: Colors): (part: string) => string {
  if (level === "error" && /^\S/.test(text)) return colors.red;
  return level === "warn" ? colors.yellow : (part) => part;
}
