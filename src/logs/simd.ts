import { byteByByte, type ByteWork } from "./byte-by-byte.ts";
import { MODULE } from "./simd-module.ts";

/*
 * simd.wat at work. What is in its memory, from 0 on: a piece of output to be scanned, a text whose line ends are replaced,
 * what they are replaced by, and the result.
 */
const KB = 1024;
const PIECE_BYTES = 256 * KB;
const TEXT = PIECE_BYTES;
const TEXT_BYTES = 128 * KB;
const BY = TEXT + TEXT_BYTES;
const BY_BYTES = 64 * KB;
const RESULT = BY + BY_BYTES;
const RESULT_BYTES = 384 * KB;
/** Where it ends when it has passed this: one more line end and sixteen bytes still have room. */
const FULL = RESULT + RESULT_BYTES - BY_BYTES - 64;

/** The part of WebAssembly that is used here: Node's types do not declare it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

let work: ByteWork | null = null;

/** Compiled when the first line comes. */
const ready = (): ByteWork => (work ??= opened());

/**
 * V8 takes ten gigabytes of addresses for the memory of a module, so that it has to check none: `ulimit -v` may not allow that.
 * And under `node --jitless` there is no WebAssembly.
 */
function opened(): ByteWork {
  try {
    return compiled();
  } catch {
    return byteByByte(RESULT + RESULT_BYTES);
  }
}

export function compiled(): ByteWork {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MODULE, "base64")));
  const functions = exports as Omit<ByteWork, "memory"> & { memory: { buffer: ArrayBuffer } };
  return { ...functions, memory: Buffer.from(functions.memory.buffer) };
}

export interface Scanned {
  /** How many lines of printable ASCII and tabs there are from where the scan began. */
  count: number;
  /** They have characters that JSON escapes. */
  escapes: boolean;
  /** Behind the LF of the last of them. */
  next: number;
  /** Where it ended: at its end, or at a byte that is no such text. */
  stopped: number;
}

export interface Scan {
  /** Finds whole lines from a place up to another. */
  lines(from: number, to: number): Scanned;
  /** A part of what `lines` found last. */
  text(from: number, to: number): string;
}

/** The one whose bytes are in the memory. */
let scanning: Scan | null = null;

/** The last text that is in the memory, and where. */
let held: { text: string; at: number } | null = null;

/** `bytes` is a piece of output, which must not change while it is scanned. */
export function openScan(bytes: Buffer): Scan {
  const { memory, scan, count, escapes, stopped } = ready();
  /** The offset of the first byte in the memory, and the one behind the last. */
  let first = 0;
  let end = 0;
  const here: Scan = {
    lines(from, to) {
      if (scanning !== here || from < first || to > end) {
        scanning = here;
        held = null;
        first = from;
        end = Math.min(bytes.length, from + PIECE_BYTES);
        bytes.copy(memory, 0, first, end);
      }
      const next = first + scan(from - first, to - first);
      return { count: count.value, escapes: escapes.value !== 0, next, stopped: first + stopped.value };
    },
    text(from, to) {
      const text = memory.toString("latin1", from - first, to - first);
      held = { text, at: from - first };
      return text;
    },
  };
  return here;
}

/**
 * Of a text of printable ASCII, tabs and LFs, each LF is replaced, and, where JSON `escapes` something, quotes, backslashes and
 * tabs. `take` gets the result in parts that are valid during its call.
 */
export function replaceLineEnds(text: string, by: Buffer, escapes: boolean, take: (part: Buffer) => void): void {
  const { memory, replace, written } = ready();
  if (by.length > BY_BYTES) throw new RangeError(`${by.length} bytes for a line end`);
  by.copy(memory, BY);
  for (let from = 0; from < text.length; from += TEXT_BYTES) {
    const part = text.slice(from, from + TEXT_BYTES);
    let at = placeOf(part, memory);
    for (const end = at + part.length; at < end;) {
      at = replace(at, end, BY, by.length, RESULT, FULL, escapes ? 1 : 0);
      take(memory.subarray(RESULT, RESULT + written.value));
    }
  }
}

function placeOf(text: string, memory: Buffer): number {
  if (held?.text === text) return held.at;
  memory.write(text, TEXT, "latin1");
  held = { text, at: TEXT };
  return TEXT;
}
