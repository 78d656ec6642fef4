import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/*
 * Reads a file into pages of its own, which are gone with it. malloc gives such pages too; but once more than 128 KB of them
 * were freed, glibc takes as much from its heap from then on, and gives free memory at a heap's end back only where there is
 * twice as much. What a start had read so left 4 MB in a session (docs/notes/processes.md, "Memory").
 */

/** Of a longer piece Node makes a string outside of V8's heap, in malloc's memory. Pieces are copied once more, into one text. */
const PIECE_BYTES = 1_000_000;

export const readBytes = (file: string): Buffer => readAndClose(openSync(file, "r"));

/** Newer than what this is compiled for. */
type Growing = new (size: number, options: { maxByteLength: number }) => ArrayBuffer;

function readAndClose(descriptor: number): Buffer {
  try {
    const { size } = fstatSync(descriptor);
    // what could grow is not malloc's
    const bytes = Buffer.from(new (ArrayBuffer as Growing)(size, { maxByteLength: size }), 0, size);
    let length = 0;
    for (let got = -1; got !== 0 && length < size; length += got)
      got = readSync(descriptor, bytes, length, size - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Of an open file that is all ASCII; it is closed. */
export function readAscii(descriptor: number): string {
  const bytes = readAndClose(descriptor);
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) text += bytes.toString("latin1", at, at + PIECE_BYTES);
  return text;
}
