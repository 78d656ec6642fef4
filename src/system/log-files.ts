import { closeSync, fstatSync, mkdirSync, openSync, readSync, readdirSync, renameSync, writeSync } from "node:fs";
import path from "node:path";

/** Files of lines that are appended to in batches and read from either end. Synchronous: one write takes microseconds. */
export interface LogFiles {
  /**
   * Opens for appending; nothing is created before the first write. `previous` takes over the file when it reached
   * `segmentBytes`. `onTrouble` is told once when writing starts to fail, and once, with null, when it works again.
   */
  appender(file: string, previous: string, segmentBytes: number, onTrouble: OnTrouble): Appender;
  /** Names in the folder; empty where there is none. */
  names(folder: string): string[];
  /** Lines from the newest to the oldest. `files`: the newest file first. Missing files are empty. */
  backwards(files: readonly string[]): Generator<string>;
  /** Lines from the oldest to the newest, from the first one on that is not `before`; they must be sorted by that. */
  forwards(files: readonly string[], before: (line: string) => boolean): Generator<string>;
}

export type OnTrouble = (reason: string | null, lostLines: number) => void;

export interface Appender {
  /** Takes one or more whole lines; they are written at the end of this tick, together with what else came in it. */
  add(text: string): void;
  /** The same without making a string: `encode` writes at most so many bytes at a place and returns where they end. */
  addBytes(atMost: number, encode: (bytes: Buffer, at: number) => number): void;
  /** Writes what is pending now. */
  flush(): void;
  close(): void;
}

/** What is kept in memory while the disk is full or the folder is gone. */
const KEPT_IN_TROUBLE = 1024 * 1024;
const RETRY_MS = 500;
/** So much is written before the tick ends. */
const BATCH = 256 * 1024;
const BLOCK = 64 * 1024;
const LINE_END = 10;

class FileAppender implements Appender {
  private pending = Buffer.alloc(0);
  private length = 0;
  private fd: number | null = null;
  private size = 0;
  private scheduled = false;
  private trouble: string | null = null;
  private retryAt = 0;
  private lost = 0;
  private torn = false;
  private readonly file: string;
  private readonly previous: string;
  private readonly segmentBytes: number;
  private readonly onTrouble: OnTrouble;

  constructor(file: string, previous: string, segmentBytes: number, onTrouble: OnTrouble) {
    this.file = file;
    this.previous = previous;
    this.segmentBytes = segmentBytes;
    this.onTrouble = onTrouble;
  }

  add(text: string): void {
    this.addBytes(text.length * 3, (bytes, at) => at + bytes.write(text, at));
  }

  addBytes(atMost: number, encode: (bytes: Buffer, at: number) => number): void {
    if (this.length > BATCH) this.relieve();
    if (this.pending.length - this.length < atMost) this.grow(this.length + atMost);
    this.length = encode(this.pending, this.length);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.flush();
      // what a burst needed is not kept for an app that prints a line a minute
      if (this.length === 0 && this.pending.length > BATCH) this.pending = Buffer.alloc(0);
    });
  }

  flush(): void {
    this.scheduled = false;
    if (this.length > 0 && (this.trouble === null || performance.now() >= this.retryAt)) this.attempt();
  }

  close(): void {
    this.retryAt = 0;
    this.flush();
    this.release();
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.pending.length * 2, 4096));
    this.pending.copy(larger, 0, 0, this.length);
    this.pending = larger;
  }

  private relieve(): void {
    const { scheduled } = this;
    this.flush();
    this.scheduled = scheduled;
    if (this.length <= KEPT_IN_TROUBLE) return;
    const from = this.pending.indexOf(LINE_END, KEPT_IN_TROUBLE / 2) + 1;
    for (let at = 0; at < from; at++) if (this.pending[at] === LINE_END) this.lost++;
    this.forget(from);
  }

  /** Drops so many bytes from the beginning of what is pending. */
  private forget(bytes: number): void {
    this.pending.copyWithin(0, bytes, this.length);
    this.length -= bytes;
  }

  private attempt(): void {
    try {
      const fd = this.open(this.length);
      if (this.torn) this.size += writeSync(fd, "\n");
      this.torn = false;
      this.writeAll(fd);
    } catch (error) {
      this.fail(error as NodeJS.ErrnoException);
      return;
    }
    if (this.trouble === null) return;
    const lost = this.lost;
    this.trouble = null;
    this.lost = 0;
    this.onTrouble(null, lost);
  }

  private fail(error: NodeJS.ErrnoException): void {
    this.release();
    this.retryAt = performance.now() + RETRY_MS;
    if (this.trouble !== null) return;
    this.trouble = error.code ?? error.message;
    this.onTrouble(this.trouble, 0);
  }

  private writeAll(fd: number): void {
    let written = 0;
    try {
      while (written < this.length) written += writeSync(fd, this.pending, written, this.length - written);
      this.length = 0;
    } catch (error) {
      // what was written of the batch is not written again: it ends at the last whole line, the rest is retried
      const whole = written === 0 ? 0 : this.pending.lastIndexOf(LINE_END, written - 1) + 1;
      this.torn = written > whole;
      this.forget(whole);
      throw error;
    } finally {
      this.size += written;
    }
  }

  private open(upcoming: number): number {
    // a file whose folder was removed is written to without an error, and is gone
    if (this.fd !== null && fstatSync(this.fd).nlink === 0) this.release();
    if (this.fd !== null && this.size > 0 && this.size + upcoming > this.segmentBytes) {
      this.release();
      renameSync(this.file, this.previous);
    }
    if (this.fd === null) {
      mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
      this.fd = openSync(this.file, "a", 0o600);
      this.size = fstatSync(this.fd).size;
    }
    return this.fd;
  }

  private release(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }
}

/** Opened newest first: if the file is rotated in between, the same file turns up twice and is taken once. */
function openAll(files: readonly string[]): { fd: number; size: number }[] {
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

function* backwardsIn(fd: number, size: number): Generator<string> {
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

function* forwardsIn(fd: number, start: number): Generator<string> {
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
function startOf(fd: number, size: number, before: (line: string) => boolean): number {
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

export const logFiles: LogFiles = {
  appender: (file, previous, segmentBytes, onTrouble) => new FileAppender(file, previous, segmentBytes, onTrouble),

  names(folder) {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },

  *backwards(files) {
    const opened = openAll(files);
    try {
      for (const { fd, size } of opened) yield* backwardsIn(fd, size);
    } finally {
      for (const { fd } of opened) closeSync(fd);
    }
  },

  *forwards(files, before) {
    const opened = openAll(files).toReversed();
    try {
      for (const { fd, size } of opened) yield* forwardsIn(fd, startOf(fd, size, before));
    } finally {
      for (const { fd } of opened) closeSync(fd);
    }
  },
};
