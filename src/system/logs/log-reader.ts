import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const BLOCK = 64 * 1024;
/** Pieces of memory that no reader uses now: V8 frees those of a whole search late, and the allocator keeps them. */
const spare: Buffer[] = [];
const MOST_SPARE = 16;

const takeBytes = (): Buffer => spare.pop() ?? Buffer.allocUnsafeSlow(2 * BLOCK);

function giveBack(bytes: Buffer): void {
  if (bytes.length === 2 * BLOCK && spare.length < MOST_SPARE) spare.push(bytes);
}

/** Opened newest first: if the file is rotated in between, the same file turns up twice and is taken once. */
export function openAll(files: readonly string[]): { fd: number; size: number }[] {
  const opened: { fd: number; size: number; inode: number }[] = [];
  for (const file of files) {
    try {
      const fd = openSync(file, "r");
      const { ino, size } = fstatSync(fd);
      if (opened.some(({ inode }) => inode === ino)) closeSync(fd);
      else opened.push({ fd, size, inode: ino });
    } catch {
      // not there, or not readable: no lines
    }
  }
  return opened;
}

/** Lines from the end on. */
export function* backwardsIn(fd: number, size: number): Generator<string> {
  let bytes = takeBytes();
  let end = size;
  /** The beginning of `bytes`, not yet given: a block's first line may have begun before it. */
  let rest = 0;
  try {
    while (end > 0) {
      const length = Math.min(BLOCK, end);
      end -= length;
      const before = bytes;
      if (length + rest > bytes.length) bytes = Buffer.allocUnsafe(2 * (length + rest));
      before.copy(bytes, length, 0, rest);
      const read = readSync(fd, bytes, 0, length, end);
      // it was shortened meanwhile
      if (read < length) bytes.copyWithin(read, length, length + rest);
      let stop = read + rest;
      for (let at = lineEnd(bytes, stop); at !== -1; at = lineEnd(bytes, stop)) {
        if (at + 1 < stop) yield bytes.toString("utf8", at + 1, stop);
        stop = at;
      }
      rest = stop;
    }
    if (rest > 0) yield bytes.toString("utf8", 0, rest);
  } finally {
    giveBack(bytes);
  }
}

const lineEnd = (bytes: Buffer, stop: number): number => (stop === 0 ? -1 : bytes.lastIndexOf(10, stop - 1));

export function* forwardsIn(fd: number, start: number): Generator<string> {
  let bytes = takeBytes();
  let at = start;
  /** The beginning of `bytes`: a line whose end is still to be read. */
  let rest = 0;
  try {
    for (;;) {
      if (rest + BLOCK > bytes.length) {
        const longer = Buffer.allocUnsafe(2 * (rest + BLOCK));
        bytes.copy(longer, 0, 0, rest);
        bytes = longer;
      }
      const read = readSync(fd, bytes, rest, BLOCK, at);
      if (read === 0) break;
      at += read;
      const stop = rest + read;
      let from = 0;
      for (let end = lineEndIn(bytes, rest, stop); end !== -1; end = lineEndIn(bytes, from, stop)) {
        yield bytes.toString("utf8", from, end);
        from = end + 1;
      }
      bytes.copyWithin(0, from, stop);
      rest = stop - from;
    }
    if (rest > 0) yield bytes.toString("utf8", 0, rest);
  } finally {
    giveBack(bytes);
  }
}

/** -1: none. What is behind `stop` is of an earlier block. */
function lineEndIn(bytes: Buffer, from: number, stop: number): number {
  const end = bytes.indexOf(10, from);
  return end < stop ? end : -1;
}

/** The offset of the first line that is not before: bisection over bytes, each probe reading one line. */
export function startOf(fd: number, size: number, before: (line: string) => boolean): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const probe = lineAfter(fd, middle);
    if (probe === null || !before(probe.line)) high = middle;
    else low = probe.end;
  }
  return low;
}

/** The first line that begins at or after the offset. */
function lineAfter(fd: number, offset: number): { line: string; end: number } | null {
  let at = offset;
  if (offset > 0) {
    const skipped = readLine(fd, offset - 1);
    if (skipped === null) return null;
    at = skipped.end;
  }
  return readLine(fd, at);
}

function readLine(fd: number, offset: number): { line: string; end: number } | null {
  const bytes = takeBytes();
  try {
    for (let size = 4096; ; size *= 4) {
      const block = size <= bytes.length ? bytes : Buffer.allocUnsafe(size);
      const read = readSync(fd, block, 0, size, offset);
      const end = block.subarray(0, read).indexOf(10);
      if (end !== -1) return { line: block.toString("utf8", 0, end), end: offset + end + 1 };
      if (read < size) return null;
    }
  } finally {
    giveBack(bytes);
  }
}
