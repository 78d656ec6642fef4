import { eachBetween } from "../logs/encode-lines.ts";
import type { Level } from "../logs/level-names.ts";
import { eventsOf, type LogBatch, type LogEvent } from "../model/log-batch.ts";
import type { Output } from "../system/terminal/terminal.ts";
import { printableLine, timeOfDay } from "../util/text.ts";
import type { Colors } from "./colors.ts";
import type { Echo } from "./echo.ts";
import type { Prefixes } from "./prefix.ts";

/** What stands before a line: the time of day, where it is wanted, and the name. */
export interface Lead {
  of(event: Pick<LogEvent, "app" | "stream" | "at">, level?: Level | null): string;
  /** The same columns, for a line that goes on. */
  more(event: Pick<LogEvent, "stream">, level?: Level | null): string;
}

export interface LeadOptions {
  colors: Colors;
  /** The time of day before each line. Read for each event. */
  readonly timestamps?: boolean;
}

export function leadOf(options: LeadOptions, prefixes: () => Prefixes): Lead {
  const { colors } = options;
  const time = (at: string): string => (options.timestamps ? `${colors.dim(exactTime(at))} ` : "");
  const blank = (): string => (options.timestamps ? " ".repeat("12:04:07.123 ".length) : "");
  return {
    of: ({ app, stream, at }, level) => time(at) + prefixes().of(app, stream, level),
    more: ({ stream }, level) => blank() + prefixes().more(stream, level),
  };
}

/** `12:04:07.123`, local. */
const exactTime = (at: string): string =>
  Number.isNaN(Date.parse(at)) ? "--:--:--.---" : `${timeOfDay(at)}${at.slice(19, 23)}`;

export interface LogUi {
  line(event: LogEvent): void;
  lines(batch: LogBatch): void;
}

/** The lines of apps, each behind its app's name. */
export function createLogUi(out: Output, echo: Echo, lead: Lead, colors: Colors): LogUi {
  const line = (event: LogEvent): void => {
    const text = printableLine(event.line, colors);
    if (echo.show(event.app, event.line, event.at)) out.write(`${lead.of(event)}${text}\n`);
  };
  return {
    line,
    lines(batch) {
      if (echo.showBatch(batch)) out.writeBytes(eachBetween(batch, lead.of(batch), "\n"));
      else for (const event of eventsOf(batch)) line(event);
    },
  };
}
