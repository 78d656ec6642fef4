import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const BLOCK = 64 * 1024;

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

export function* backwardsIn(fd: number, size: number): Generator<string> {
  let end = size;
  let rest = Buffer.alloc(0);
  while (end > 0) {
    const length = Math.min(BLOCK, end);
    const block = Buffer.allocUnsafe(length);
    end -= length;
    const read = readSync(fd, block, 0, length, end);
    const bytes = Buffer.concat([block.subarray(0, read), rest]);
    let stop = bytes.length;
    // the block's first line may have begun before it, so it waits for the next block
    for (let at = lineEnd(bytes, stop); at !== -1; at = lineEnd(bytes, stop)) {
      if (at + 1 < stop) yield bytes.toString("utf8", at + 1, stop);
      stop = at;
    }
    rest = bytes.subarray(0, stop);
  }
  if (rest.length > 0) yield rest.toString("utf8");
}

const lineEnd = (bytes: Buffer, stop: number): number => (stop === 0 ? -1 : bytes.lastIndexOf(10, stop - 1));

export function* forwardsIn(fd: number, start: number): Generator<string> {
  let at = start;
  let rest = Buffer.alloc(0);
  for (;;) {
    const block = Buffer.allocUnsafe(BLOCK);
    const read = readSync(fd, block, 0, BLOCK, at);
    if (read === 0) break;
    at += read;
    const bytes = rest.length === 0 ? block.subarray(0, read) : Buffer.concat([rest, block.subarray(0, read)]);
    let from = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      yield bytes.toString("utf8", from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield rest.toString("utf8");
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
  for (let size = 4096; ; size *= 4) {
    const block = Buffer.allocUnsafe(size);
    const read = readSync(fd, block, 0, size, offset);
    const end = block.subarray(0, read).indexOf(10);
    if (end !== -1) return { line: block.toString("utf8", 0, end), end: offset + end + 1 };
    if (read < size) return null;
  }
}
