import { stripVTControlCharacters } from "node:util";
import type { LogRecord } from "./record.ts";

type Spoken = Pick<LogRecord, "app" | "stream" | "line">;

/**
 * What `--level error` shows, decided line by line in the order they were printed:
 * 1. every line of a Python or Node traceback, on either stream;
 * 2. a line that names a level near its beginning counts as that level: ERROR, CRITICAL, FATAL, SEVERE, PANIC do;
 * 3. an access line counts from status 500 on;
 * 4. anything else counts when it came on stderr, but for the greetings of the development servers.
 */
export function createErrorFilter(): (line: Spoken) => boolean {
  const inside = new Set<string>();
  return ({ app, stream, line }) => {
    const text = line.includes("\u001B") ? stripVTControlCharacters(line) : line;
    const source = stream + app;
    if (TRACEBACK.test(text)) {
      inside.add(source);
      return true;
    }
    if (inside.has(source)) {
      if (/^\s+\S/.test(text)) return true;
      inside.delete(source);
      if (EXCEPTION.test(text)) return true;
    }
    return isError(text, stream);
  };
}

const TRACEBACK = /^\s*(?:\| |\+ )*(?:Exception Group )?Traceback \(most recent call last\):/;
/** The last line of a traceback: `ValueError: …`, `sqlalchemy.exc.OperationalError: …`, `KeyboardInterrupt`. */
const EXCEPTION = /^(?:[A-Za-z_][\w.]*)(?::|$)/;
const CHAINED = /^(?:During handling of the above exception|The above exception was the direct cause)/;
const NODE_ERROR = /^(?:Uncaught )?\w*(?:Error|Exception)(?: \[\w+\])?:/;
const NODE_FRAME = /^\s+at .+(?::\d+:\d+\)?|\(<anonymous>\)|\(native\))$/;
const LEVEL =
  /^.{0,80}?(?:^|[\s[(|"=:])(DEBUG|TRACE|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR|!)?|CRITICAL|FATAL|SEVERE|PANIC)(?=$|[\s\])|":,])/;
const LOWER_LEVEL =
  /^.{0,120}?(?:\blevel"?\s*[=:]\s*"?|^\[?)(debug|trace|info|notice|warn(?:ing)?|error|critical|fatal|panic)\b/;
const ERRORS = /^(?:ERR(?:OR|!)?|CRITICAL|FATAL|SEVERE|PANIC)$/i;
/** `"GET / HTTP/1.1" 500 -` as werkzeug, uvicorn and nginx have it. */
const ACCESS = /"(?:[A-Z]+) [^"]* HTTP\/[\d.]+" (\d{3})\b/;
const GREETING = /^ \* |^Press CTRL\+C|^\s*$/;

function isError(text: string, stream: "out" | "err"): boolean {
  const status = ACCESS.exec(text)?.[1];
  if (status !== undefined) return status >= "500";
  const level = LEVEL.exec(text)?.[1] ?? LOWER_LEVEL.exec(text)?.[1];
  if (level !== undefined) return ERRORS.test(level);
  if (NODE_ERROR.test(text) || NODE_FRAME.test(text) || CHAINED.test(text)) return true;
  return stream === "err" && !GREETING.test(text);
}
