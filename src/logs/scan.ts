/** What a byte is to a line: text (tabs too), the end of the line, or more than a byte can tell. */
const [TEXT, LINE_END, OTHER] = [0, 1, 2];

const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x0a) return LINE_END;
  return byte === 0x09 || (byte >= 0x20 && byte < 0x7f) ? TEXT : OTHER;
});

/** What JSON escapes in such a line. */
const ESCAPED = [0x22, 0x5c, 0x09];

export interface Scanned {
  /** How many lines of printable ASCII and tabs there are from where the scan began. */
  count: number;
  escapes: boolean;
  /** Behind the LF of the last of them. */
  next: number;
  /** All that follows is the beginning of such a line. */
  begins: boolean;
}

/** V8 gives longer strings pages of their own, which costs more than the work on them. */
const MOST_TOGETHER = 48 * 1024;

/** Finds whole plain lines up to the first one that is not plain or not whole. */
export function scanLines(bytes: Buffer, from: number): Scanned {
  const end = Math.min(bytes.length, from + MOST_TOGETHER);
  const words = wordsOf(bytes.buffer);
  const { byteOffset } = bytes;
  const lastWord = (byteOffset + end) >> 2;
  let count = 0;
  let next = from;
  let at = from;
  for (; at < end; at++) {
    if (((byteOffset + at) & 3) === 0) {
      let word = (byteOffset + at) >> 2;
      while (word < lastWord && isText(words[word] as number)) word++;
      at = Math.max(at, (word << 2) - byteOffset);
      if (at >= end) break;
    }
    const kind = CLASSES[bytes[at] as number];
    if (kind === TEXT) continue;
    if (kind === OTHER) break;
    count++;
    next = at + 1;
  }
  const escapes = count > 0 && hasEscapes(bytes.subarray(from, next));
  return { count, escapes, next, begins: at === bytes.length };
}

/**
 * Four bytes at once, in half of the time: none is below a blank, DEL, or beyond ASCII. Each term has the highest bit of a
 * byte set where that byte is one of these; a borrow or a carry only comes out of a byte that is.
 */
const isText = (word: number): boolean =>
  ((((word - 0x20202020) & ~word) | (word + 0x01010101) | word) & HIGHEST) === 0;

const HIGHEST = 0x80808080;

const hasEscapes = (lines: Buffer): boolean => ESCAPED.some((byte) => lines.includes(byte));

const views = new WeakMap<ArrayBufferLike, Int32Array>();

/** Output is read into one block, again and again. */
function wordsOf(block: ArrayBufferLike): Int32Array {
  let view = views.get(block);
  if (view === undefined) views.set(block, (view = new Int32Array(block, 0, block.byteLength >> 2)));
  return view;
}
