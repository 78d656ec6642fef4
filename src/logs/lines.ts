import { LONGEST_LINE, LONGEST_SHOWN_LINE } from "../model/limits.ts";

/** Turns the chunks of one stream of one app into whole lines. */
export interface Lines {
  /** Calls `emit` with each line that the chunk completes, without its line end. */
  push(chunk: string, emit: (line: string) => void): void;
  /** Emits a last line without a line end: at exit, or when the app pauses in the middle of one (a prompt). */
  flush(emit: (line: string) => void): void;
  /** As much as has come of a line that has not ended; "" where none has begun. */
  readonly unfinished: string;
  /** The same, and it is forgotten here. */
  take(): string;
}

/**
 * Line ends are LF and CRLF. A lone CR rewrites the line, as in a terminal: of `10%\r50%\r100%\n` the last remains.
 * Written for a million lines a second: no regular expressions, no arrays, one search a line.
 */
export function createLines(longest = LONGEST_LINE): Lines {
  let rest = "";
  /** How much of the unfinished line was not kept. */
  let cut = 0;

  const finish = (line: string, emit: (line: string) => void): void => {
    const whole = shorten(rewritten(line), longest, cut);
    cut = 0;
    emit(whole);
  };

  const take = (): string => {
    const begun = rest;
    rest = "";
    return begun;
  };

  const hold = (added: string): void => {
    if (cut > 0 && !rest.endsWith("\r") && !added.includes("\r")) {
      cut += added.length;
      return;
    }
    const text = rest + added;
    // CRs at its end rewrite nothing yet: an LF may follow in the next chunk
    const end = withoutEnds(text);
    const from = end === 0 ? 0 : text.lastIndexOf("\r", end - 1) + 1;
    if (from > 0) cut = 0;
    rest = text.slice(from, end) + (end < text.length ? "\r" : "");
    if (rest.length <= longest + 1) return;
    const kept = wholeCharacters(rest, longest);
    cut += rest.length - kept;
    rest = rest.slice(0, kept);
  };

  return {
    push(chunk, emit) {
      let from = 0;
      let end = chunk.indexOf("\n");
      if (end !== -1 && (rest !== "" || cut > 0)) {
        hold(chunk.slice(0, end));
        finish(take(), emit);
        from = end + 1;
        end = chunk.indexOf("\n", from);
      }
      while (end !== -1) {
        finish(chunk.slice(from, end), emit);
        from = end + 1;
        end = chunk.indexOf("\n", from);
      }
      if (from < chunk.length) hold(from === 0 ? chunk : chunk.slice(from));
    },
    flush(emit) {
      if (rest !== "" || cut > 0) finish(take(), emit);
    },
    get unfinished() {
      return rest;
    },
    take,
  };
}

/** The length without the CRs at its end. */
function withoutEnds(line: string): number {
  let end = line.length;
  while (end > 0 && line[end - 1] === "\r") end--;
  return end;
}

function rewritten(line: string): string {
  if (!line.includes("\r")) return line;
  const end = withoutEnds(line);
  return line.slice(line.lastIndexOf("\r", end - 1) + 1, end);
}

function shorten(line: string, longest: number, alreadyCut: number): string {
  if (line.length <= longest && alreadyCut === 0) return line;
  const kept = wholeCharacters(line, longest);
  return `${line.slice(0, kept)} … (devpm cut ${alreadyCut + line.length - kept} more characters of this line)`;
}

/** A line as a live stream has it: the beginning of a very long one, and where the rest is. */
export function shownLine(line: string, app: string): string {
  if (line.length <= LONGEST_SHOWN_LINE) return line;
  const kept = wholeCharacters(line, LONGEST_SHOWN_LINE);
  // copied: a slice would keep the whole line in memory for as long as it is remembered itself
  const beginning = Buffer.from(line.slice(0, kept)).toString();
  return `${beginning} … (${line.length - kept} more characters of this line: devpm logs ${app})`;
}

/** The largest length up to `longest` that does not cut a surrogate pair in two. */
function wholeCharacters(text: string, longest: number): number {
  if (text.length <= longest) return text.length;
  const unit = text.charCodeAt(longest - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? longest - 1 : longest;
}
