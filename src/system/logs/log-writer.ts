import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { ByteQueue } from "../byte-queue.ts";
import { monotonic } from "../monotonic.ts";

export type OnTrouble = (reason: string | null, lostLines: number) => void;

export interface Appender {
  /** Takes one or more whole lines; they are written at the end of this tick, together with what else came in it. */
  add(text: string): void;
  /** The same without a string: `encode` writes at most this many bytes at an offset and returns where they end. */
  addBytes(atMost: number, encode: (bytes: Buffer, at: number) => number): void;
  /** Writes what is pending now. */
  flush(): void;
  close(): void;
}

/** What is kept in memory while the disk is full or the folder is gone. */
const KEPT_IN_TROUBLE = 1024 * 1024;
const RETRY_MS = 500;
/** This much is written before the tick ends. */
const BATCH = 256 * 1024;
const LINE_END = 10;

/** Appends whole lines to a file, and keeps them in memory for a while where that fails. */
export class FileAppender implements Appender {
  readonly #pending = new ByteQueue();
  #fd: number | null = null;
  #size = 0;
  #scheduled = false;
  #trouble: string | null = null;
  #retryAt = 0;
  #lost = 0;
  #torn = false;
  readonly #file: string;
  readonly #previous: string;
  readonly #segmentBytes: number;
  readonly #onTrouble: OnTrouble;

  constructor(file: string, previous: string, segmentBytes: number, onTrouble: OnTrouble) {
    this.#file = file;
    this.#previous = previous;
    this.#segmentBytes = segmentBytes;
    this.#onTrouble = onTrouble;
  }

  add(text: string): void {
    this.#relieve();
    this.#pending.add(text);
    this.#schedule();
  }

  addBytes(atMost: number, encode: (bytes: Buffer, at: number) => number): void {
    this.#relieve();
    this.#pending.addBytes(atMost, encode);
    this.#schedule();
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#pending.length > 0 && (this.#trouble === null || monotonic() >= this.#retryAt)) this.#attempt();
  }

  close(): void {
    this.#retryAt = 0;
    this.flush();
    this.#release();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  #relieve(): void {
    if (this.#pending.length <= BATCH) return;
    const scheduled = this.#scheduled;
    this.flush();
    this.#scheduled = scheduled;
    if (this.#pending.length <= KEPT_IN_TROUBLE) return;
    const { bytes } = this.#pending;
    const from = bytes.indexOf(LINE_END, KEPT_IN_TROUBLE / 2) + 1;
    this.#lost += linesIn(bytes.subarray(0, from));
    this.#pending.drop(from);
  }

  #attempt(): void {
    try {
      const fd = this.#open(this.#pending.length);
      if (this.#torn) this.#size += writeSync(fd, "\n");
      this.#torn = false;
      this.#writeAll(fd);
    } catch (error) {
      this.#fail(error as NodeJS.ErrnoException);
      return;
    }
    if (this.#trouble === null) return;
    const lost = this.#lost;
    this.#trouble = null;
    this.#lost = 0;
    this.#onTrouble(null, lost);
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#release();
    this.#retryAt = monotonic() + RETRY_MS;
    if (this.#trouble !== null) return;
    this.#trouble = error.code ?? error.message;
    this.#onTrouble(this.#trouble, 0);
  }

  #writeAll(fd: number): void {
    const { bytes } = this.#pending;
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written, bytes.length - written);
      this.#pending.drop();
    } catch (error) {
      // what was written of the batch is not written again: it ends at the last whole line, the rest is retried
      const whole = written === 0 ? 0 : bytes.lastIndexOf(LINE_END, written - 1) + 1;
      this.#torn = written > whole;
      this.#pending.drop(whole);
      throw error;
    } finally {
      this.#size += written;
    }
  }

  #open(upcoming: number): number {
    // a file whose folder was removed accepts writes without an error, and is lost
    if (this.#fd !== null && fstatSync(this.#fd).nlink === 0) this.#release();
    if (this.#fd !== null && this.#size > 0 && this.#size + upcoming > this.#segmentBytes) {
      this.#release();
      renameSync(this.#file, this.#previous);
    }
    if (this.#fd === null) {
      makeFolder(path.dirname(this.#file));
      this.#fd = openSync(this.#file, "a", 0o600);
      this.#size = fstatSync(this.#fd).size;
    }
    return this.#fd;
  }

  #release(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

const [BACKSLASH, LETTER_N] = [0x5c, 0x6e];

/** A record has one line, and another one for each escaped LF in its JSON. */
function linesIn(records: Buffer): number {
  let count = 0;
  for (let at = 0; at < records.length; at++) {
    if (records[at] === LINE_END) count++;
    if (records[at] !== BACKSLASH) continue;
    at++;
    if (records[at] === LETTER_N) count++;
  }
  return count;
}
