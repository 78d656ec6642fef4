import { stripVTControlCharacters } from "node:util";
import { jsonLevel } from "./json-level.ts";
import { LEVELS, levelNamed, type Level } from "./level-names.ts";
import type { LogRecord } from "./record.ts";

type Spoken = Pick<LogRecord, "app" | "stream" | "line">;

/**
 * What `--level LEVEL` shows: lines of that level or a more severe one, decided line by line in the order they were printed:
 * 1. every line of a Python or Node traceback, on either stream, is an error;
 * 2. a line that is a JSON object has the level that its logger wrote (logs/json-level.ts);
 * 3. a line that names a level near its beginning has that level;
 * 4. an access line is an error from status 500 on, a warning from 400 on, else information;
 * 5. anything else is an error on stderr, except the startup lines of development servers, and information on stdout.
 */
export function createLevelFilter(least: Level): (line: Spoken) => boolean {
  const levelOf = createLevelReader();
  return (line) => LEVELS.indexOf(levelOf(line) ?? unsaid(line)) <= LEVELS.indexOf(least);
}

/** The same without rule 5: null where the line itself says nothing. */
export function createLevelReader(): (line: Spoken) => Level | null {
  const inside = new Set<string>();
  return ({ app, stream, line }) => {
    const text = line.includes("\u001B") ? stripVTControlCharacters(line) : line;
    const source = stream + app;
    if (TRACEBACK.test(text)) {
      inside.add(source);
      return "error";
    }
    if (inside.has(source)) {
      if (/^\s+\S/.test(text)) return "error";
      inside.delete(source);
      if (EXCEPTION.test(text)) return "error";
    }
    return jsonLevel(text) ?? plainLevel(text);
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
/** `"GET / HTTP/1.1" 500 -` as werkzeug, uvicorn and nginx print it. */
const ACCESS = /"(?:[A-Z]+) [^"]* HTTP\/[\d.]+" (\d{3})\b/;
const STARTUP = /^ \* |^Press CTRL\+C|^\s*$/;

function plainLevel(text: string): Level | null {
  const status = ACCESS.exec(text)?.[1];
  if (status !== undefined) return status >= "500" ? "error" : status >= "400" ? "warn" : "info";
  const named = levelNamed(LEVEL.exec(text)?.[1] ?? LOWER_LEVEL.exec(text)?.[1] ?? "");
  if (named !== null) return named;
  if (NODE_ERROR.test(text) || NODE_FRAME.test(text) || CHAINED.test(text)) return "error";
  return null;
}

const unsaid = ({ stream, line }: Spoken): Level =>
  stream === "err" && !STARTUP.test(stripVTControlCharacters(line)) ? "error" : "info";
