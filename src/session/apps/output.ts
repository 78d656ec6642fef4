import { StringDecoder } from "node:string_decoder";
import { createLines, shownLine, type Lines } from "../../logs/lines.ts";
import { plainLinesIn } from "../../logs/scan.ts";
import type { LogStore } from "../../logs/store.ts";
import { LONGEST_SHOWN_LINE } from "../../model/limits.ts";
import type { LogBatch } from "../../model/log-batch.ts";
import type { Pm2Output } from "../../system/pm2/pm2-relay.ts";
import type { Prompts } from "../prompts/prompts.ts";
import type { EventStream } from "../stream.ts";

export interface AppOutput {
  /** A piece of a process's output, as it came out of its pipe. What it returns is waited for before the next one. */
  take(output: Pm2Output): Promise<unknown> | null;
  /** Whole lines that an app did not print itself. */
  lines(app: string, stream: "out" | "err", lines: readonly string[]): void;
  /** A process of the app (all of them, where none is named) has ended: a last line without a line end is complete. */
  flush(app: string, id?: number): void;
  /** The line that a process of the app has begun, on either stream; "" where none has. */
  unfinished(app: string): string;
  /** Ends that line, as the terminal that was typed in would have. */
  finish(app: string, typed: string): void;
}

/** What looks at an app's lines beside the readers of the session. */
export interface Printer {
  line(text: string): void;
  lines(batch: LogBatch): void;
}

/** One stream of one process. */
interface Source {
  app: string;
  stream: "out" | "err";
  id: number;
  decoder: StringDecoder;
  lines: Lines;
  /** A line has begun, and maybe a character of it. */
  begun: boolean;
  /** What has come of it is printable ASCII and tabs. */
  plain: boolean;
  keep: (line: string) => void;
}

const LINE_END = 0x0a;

/** Pieces of output → whole lines, each kept in the log files and sent to the readers of the session. */
export function createAppOutput(
  logs: LogStore,
  stream: EventStream,
  printerOf: (app: string) => Printer | undefined,
  prompts: Pick<Prompts, "begun">,
): AppOutput {
  const sources = new Map<string, Source>();
  const keep = (app: string, from: "out" | "err") => (line: string) => {
    const { at, n } = logs.append(app, from, line);
    const shown = shownLine(line, app);
    printerOf(app)?.line(shown);
    stream.emit({ event: "log", n, app, stream: from, line: shown }, at);
  };
  const keepBatch = (lines: Omit<LogBatch, "at" | "n">): void => {
    const batch = logs.appendBatch(lines);
    printerOf(batch.app)?.lines(batch);
    stream.emitLines(batch);
  };
  const sourceOf = ({ app, id, stream: from }: Pm2Output): Source => {
    const key = `${from} ${id} ${app}`;
    const source = sources.get(key) ?? opened(app, id, from, keep(app, from));
    sources.set(key, source);
    return source;
  };
  return {
    take(output) {
      const source = sourceOf(output);
      const before = source.begun;
      split(source, output.bytes, keepBatch);
      if (before || source.begun) prompts.begun(output.app);
      return stream.room();
    },
    ...begunLines(sources),
    lines: (app, from, lines) => lines.forEach(keep(app, from)),
    flush(app, id) {
      for (const [key, source] of sources) {
        if (source.app !== app || (id !== undefined && source.id !== id)) continue;
        sources.delete(key);
        source.lines.push(source.decoder.end(), source.keep);
        source.lines.flush(source.keep);
      }
    },
  };
}

/** Plain lines as they are, together; the others one by one. */
function split(source: Source, bytes: Buffer, keepBatch: (lines: Omit<LogBatch, "at" | "n">) => void): void {
  const { app, stream, decoder, lines, keep } = source;
  const plainLines = plainLinesIn(bytes);
  for (let at = 0; at < bytes.length;) {
    const { count, text, escapes, next, begins } = goesOn(source) ? plainLines(at) : NOT_SCANNED;
    if (count > 0) {
      const begun = source.begun ? lines.take() : "";
      source.begun = false;
      const all = begun + text;
      // a reader gets the beginning of each line that is too long for it
      if (hasLonger(all, LONGEST_SHOWN_LINE)) for (const line of all.split("\n")) keep(line);
      else keepBatch({ app, stream, text: all, count, escapes: escapes || IS_ESCAPED.test(begun) });
      at = next;
      continue;
    }
    // one line that is not plain, or the end of one that began earlier, or the beginning of the next
    const end = bytes.indexOf(LINE_END, at) + 1 || bytes.length;
    // a character may be split over two pieces
    lines.push(decoder.write(bytes.subarray(at, end)), keep);
    source.plain = begins && (source.plain || !source.begun);
    source.begun = bytes[end - 1] !== LINE_END;
    at = end;
  }
}

/** The end of one piece and the beginning of the next are one line: with a longer one, what comes together gets too long. */
const LONGEST_BEGUN = 4 * 1024;

const goesOn = ({ begun, plain, lines }: Source): boolean =>
  !begun || (plain && lines.unfinished.length <= LONGEST_BEGUN);

/** Whether a line of the text has more characters than that: a look at one place in as many. */
function hasLonger(text: string, most: number): boolean {
  for (let from = 0; text.length - from > most;) {
    const end = text.lastIndexOf("\n", from + most);
    if (end < from) return true;
    from = end + 1;
  }
  return false;
}

const NOT_SCANNED = { count: 0, text: "", escapes: false, next: 0, begins: false };

const IS_ESCAPED = /["\\\t]/;

/** Lines that a program has begun and not ended: its prompts. */
function begunLines(sources: ReadonlyMap<string, Source>): Pick<AppOutput, "unfinished" | "finish"> {
  const of = (app: string): Source | undefined =>
    [...sources.values()].findLast((source) => source.app === app && source.lines.unfinished !== "");
  return {
    unfinished: (app) => of(app)?.lines.unfinished ?? "",
    finish(app, typed) {
      const source = of(app);
      if (source === undefined) return;
      source.lines.push(`${typed}\n`, source.keep);
      source.begun = false;
    },
  };
}

const opened = (app: string, id: number, stream: "out" | "err", keep: Source["keep"]): Source => ({
  app,
  id,
  stream,
  decoder: new StringDecoder(),
  lines: createLines(),
  begun: false,
  plain: false,
  keep,
});
