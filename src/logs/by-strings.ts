/** What is done to the bytes of lines, in a memory that has them: simd.wat says what each does. */
export interface ByteWork {
  memory: Buffer;
  scan(at: number, end: number): number;
  replace(at: number, end: number, by: number, length: number, to: number, full: number, escaping: number): number;
  /** Results of `scan`. */
  count: { value: number };
  escapes: { value: number };
  stopped: { value: number };
  /** Result of `replace`. */
  written: { value: number };
}

const NOT_PLAIN = /[^\t\n\u0020-\u007e]/;
const ESCAPED = /[\t"\\]/;
const EACH_ESCAPED = /[\t"\\]/g;

const escape = (text: string): string =>
  ESCAPED.test(text) ? text.replaceAll(EACH_ESCAPED, (one) => (one === "\t" ? String.raw`\t` : `\\${one}`)) : text;

/** How far `replace` may always go: sixteen bytes have room behind `full`, and each may become two. */
const AT_LEAST = 8;

const FIRST_LOOK = 256;

/** Where the plain text that begins at `from` ends. What is behind that is not made a string: each line may have an odd byte. */
function plainEnd(memory: Buffer, from: number, end: number): number {
  for (let at = from, length = FIRST_LOOK; at < end; at += length, length *= 2) {
    const odd = memory.toString("latin1", at, Math.min(end, at + length)).search(NOT_PLAIN);
    if (odd !== -1) return at + odd;
  }
  return end;
}

/** The same as simd.wat in a fraction of its speed: for little output, and where there is no WebAssembly. */
export function byStrings(size: number): ByteWork {
  const memory = Buffer.alloc(size);
  const [count, escapes, stopped, written] = [{ value: 0 }, { value: 0 }, { value: 0 }, { value: 0 }];
  return {
    memory,
    count,
    escapes,
    stopped,
    written,
    scan(from, end) {
      const plain = memory.toString("latin1", from, plainEnd(memory, from, end));
      const whole = plain.slice(0, plain.lastIndexOf("\n") + 1);
      count.value = 0;
      for (let at = whole.indexOf("\n"); at !== -1; at = whole.indexOf("\n", at + 1)) count.value++;
      escapes.value = ESCAPED.test(whole) ? 1 : 0;
      stopped.value = from + plain.length;
      return from + whole.length;
    },
    replace(from, end, by, length, to, full, escaping) {
      const text = memory.toString("latin1", from, end);
      let at = 0;
      let out = to;
      while (at < text.length && out <= full) {
        if (text[at] === "\n") {
          memory.copyWithin(out, by, by + length);
          out += length;
          at++;
          continue;
        }
        const lineEnd = text.indexOf("\n", at);
        const most = at + Math.max(AT_LEAST, (full - out) >> 1);
        const part = text.slice(at, lineEnd === -1 ? most : Math.min(lineEnd, most));
        out += memory.write(escaping === 0 ? part : escape(part), out, "latin1");
        at += part.length;
      }
      written.value = out - to;
      return from + at;
    },
  };
}
