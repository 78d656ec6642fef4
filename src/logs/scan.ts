/** What a byte is to a line: text, text that JSON escapes, the end of the line, or more than a byte can tell. */
const [PLAIN, ESCAPED, LINE_END, OTHER] = [0, 1, 2, 3];

const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x0a) return LINE_END;
  if (byte === 0x09 || byte === 0x22 || byte === 0x5c) return ESCAPED;
  return byte >= 0x20 && byte < 0x7f ? PLAIN : OTHER;
});

export interface Scanned {
  /** How many lines of printable ASCII and tabs there are from where the scan began. */
  count: number;
  escapes: boolean;
  /** Behind the LF of the last of them. */
  next: number;
}

/** V8 gives longer strings pages of their own, which costs more than the work on them. */
const MOST_TOGETHER = 48 * 1024;

/** Finds whole plain lines up to the first one that is not plain or not whole. */
export function scanLines(bytes: Buffer, from: number): Scanned {
  const end = Math.min(bytes.length, from + MOST_TOGETHER);
  let count = 0;
  let escapes = false;
  let escapesHere = false;
  let next = from;
  for (let at = from; at < end; at++) {
    const kind = CLASSES[bytes[at] as number];
    if (kind === PLAIN) continue;
    if (kind === OTHER) break;
    if (kind === ESCAPED) {
      escapesHere = true;
      continue;
    }
    count++;
    next = at + 1;
    escapes ||= escapesHere;
    escapesHere = false;
  }
  return { count, escapes, next };
}
