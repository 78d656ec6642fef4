import { byStrings, type ByteWork } from "./by-strings.ts";
import { MODULE } from "./simd-module.ts";

/*
 * simd.wat at work, and before it is compiled by-strings.ts. What is in their memories, from 0 on: a piece of output to be scanned, a text whose line ends are replaced,
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

/** What a start prints, many times over. */
const BYTES_BEFORE = 32 * KB;

let slow: ByteWork | null = null;
let fast: ByteWork | null = null;
/** How much was worked on before there was a module. */
let bytesBefore = 0;

/**
 * The module is compiled when much has come: V8 takes a millisecond for that, just when the apps boot, and in a session that prints
 * little it would stay for nothing, with 1 MB of node's own pages.
 */
function ready(bytes: number): ByteWork {
  if (fast) return fast;
  bytesBefore += bytes;
  slow ??= byStrings(RESULT + RESULT_BYTES);
  return bytesBefore <= BYTES_BEFORE ? slow : (fast = opened() ?? slow);
}

/**
 * null: V8 takes ten gigabytes of addresses for the memory of a module, so that it has to check none, and `ulimit -v` may not allow
 * that. And under `node --jitless` there is no WebAssembly.
 */
function opened(): ByteWork | null {
  try {
    return compiled();
  } catch {
    return null;
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

/** The last text that is in a memory, and where. */
let held: { text: string; memory: Buffer; at: number } | null = null;

/** `bytes` is a piece of output, which must not change while it is scanned. */
export function openScan(bytes: Buffer): Scan {
  const { memory, scan, count, escapes, stopped } = ready(bytes.length);
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
      held = { text, memory, at: from - first };
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
  const { memory, replace, written } = ready(text.length);
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
  if (held?.memory === memory && held.text === text) return held.at;
  memory.write(text, TEXT, "latin1");
  held = { text, memory, at: TEXT };
  return TEXT;
}
