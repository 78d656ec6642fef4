import { StringDecoder } from "node:string_decoder";
import { createLines, shownLine, type Lines } from "../../logs/lines.ts";
import type { LogStore } from "../../logs/store.ts";
import type { Pm2Output } from "../../system/pm2-relay.ts";
import type { EventStream } from "../stream.ts";

export interface Output {
  /** A piece of a process's output, as it came out of its pipe. What it returns is waited for before the next one. */
  take(output: Pm2Output): Promise<unknown> | null;
  /** Whole lines that an app did not print itself. */
  lines(app: string, stream: "out" | "err", lines: readonly string[]): void;
  /** A process of the app (all of them, where none is named) has ended: a last line without a line end is complete. */
  flush(app: string, id?: number): void;
}

/** One stream of one process. */
interface Source {
  app: string;
  id: number;
  decoder: StringDecoder;
  lines: Lines;
  keep: (line: string) => void;
}

/** Pieces of output → whole lines, each kept in the log files and sent to the readers of the session. */
export function createOutput(logs: LogStore, stream: EventStream, seen: (app: string, line: string) => void): Output {
  const sources = new Map<string, Source>();
  const keep = (app: string, from: "out" | "err") => (line: string) => {
    const { at, n } = logs.append(app, from, line);
    const shown = shownLine(line, app);
    seen(app, shown);
    stream.emit({ event: "log", n, app, stream: from, line: shown }, at);
  };
  const sourceOf = ({ app, id, stream: from }: Pm2Output): Source => {
    const key = `${from} ${id} ${app}`;
    let source = sources.get(key);
    if (!source) {
      source = { app, id, decoder: new StringDecoder(), lines: createLines(), keep: keep(app, from) };
      sources.set(key, source);
    }
    return source;
  };
  return {
    take(output) {
      const { decoder, lines, keep: keepLine } = sourceOf(output);
      // a character may be split over two pieces
      lines.push(decoder.write(output.bytes), keepLine);
      return stream.room();
    },
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
