import { linesOf } from "../../model/log-batch.ts";
import type { EventStream } from "../stream.ts";

/** What Node prints when it runs with `--inspect`, and again after each restart. */
const LISTENS = /^Debugger listening on (ws:\/\/\S+:(\d+)\/\S*)$/;
const BEGINNING = "Debugger listening on ws://";

/** `debugger` stops nothing before a debugger is attached: says where, once for each address. */
export function reportInspectors(stream: EventStream): void {
  const look = (app: string, line: string): void => {
    const [, url, port] = LISTENS.exec(line) ?? [];
    if (url === undefined) return;
    const text = `${app}'s debugger listens on ${url}: chrome://inspect, or your editor's "attach" to port ${port}`;
    stream.emit({ event: "notice", text });
  };
  stream.subscribe((event) => void (event.event === "log" && event.stream === "err" && look(event.app, event.line)), {
    lines(batch) {
      if (batch.stream === "err" && batch.text.includes(BEGINNING))
        for (const line of linesOf(batch)) look(batch.app, line);
    },
  });
}
