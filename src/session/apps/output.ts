import { createLines, type Lines } from "../../logs/lines.ts";
import type { LogStore } from "../../logs/store.ts";
import type { Pm2Output } from "../../system/pm2.ts";
import type { EventStream } from "../stream.ts";

export interface Output {
  /** A piece of an app's output, as PM2's bus delivers it. */
  chunk(output: Pm2Output): void;
  /** The app's process has ended: a last line without a line end is complete. */
  flush(app: string): void;
}

/** Pieces of output → whole lines, each kept in the log files and sent to the readers of the session. */
export function createOutput(
  logs: LogStore,
  emit: EventStream["emit"],
  seen: (app: string, line: string) => void,
): Output {
  const streams = new Map<string, Lines>();
  const linesOf = (app: string, stream: "out" | "err"): Lines => {
    const key = `${stream} ${app}`;
    let lines = streams.get(key);
    if (!lines) streams.set(key, (lines = createLines()));
    return lines;
  };
  const keep = (app: string, stream: "out" | "err") => (line: string) => {
    const { at, n } = logs.append(app, stream, line);
    seen(app, line);
    emit({ event: "log", n, app, stream, line }, at);
  };
  return {
    chunk: ({ app, stream, chunk }) => linesOf(app, stream).push(chunk, keep(app, stream)),
    flush(app) {
      for (const stream of ["out", "err"] as const) linesOf(app, stream).flush(keep(app, stream));
    },
  };
}
