import { monotonic } from "./monotonic.ts";

/** What a burst needed is given back this long after it. */
const CALM_MS = 1_000;
/** So much is kept. */
const SMALL_BYTES = 16 * 1024;

/** What can be written into a buffer: it takes at most this many bytes. `write` returns where they end. */
export interface Encoding {
  atMost: number;
  write(block: Buffer, at: number): number;
}

export const textOf = ({ atMost, write }: Encoding): string => {
  const block = Buffer.alloc(atMost);
  return block.toString("utf8", 0, write(block, 0));
};

/**
 * Text that waits to be written, as bytes in one block that grows and is used again. A new buffer for each piece costs twice
 * as much as all other work on it, because the kernel has to clear its pages; and one string that grows would be thousands of
 * small objects, which the garbage collector copies again and again.
 */
export class ByteQueue {
  #block = Buffer.alloc(0);
  #length = 0;
  #usedAt = 0;
  #release: NodeJS.Timeout | null = null;

  get length(): number {
    return this.#length;
  }

  /** Valid until the queue is changed. */
  get bytes(): Buffer {
    return this.#block.subarray(0, this.#length);
  }

  add(text: string): void {
    this.addBytes(text.length * 3, (block, at) => at + block.write(text, at));
  }

  /** `encode` writes at most this many bytes from `at` on, and returns where they end. */
  addBytes(atMost: number, encode: (block: Buffer, at: number) => number): void {
    if (this.#block.length - this.#length < atMost) this.#grow(this.#length + atMost);
    this.#length = encode(this.#block, this.#length);
  }

  /** Drops this many bytes from the beginning: all of them, by default. */
  drop(count = this.#length): void {
    this.#block.copyWithin(0, count, this.#length);
    this.#length -= count;
    if (this.#block.length <= SMALL_BYTES) return;
    this.#usedAt = monotonic();
    this.#arm();
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#block.length * 2, 4096));
    this.#block.copy(larger, 0, 0, this.#length);
    this.#block = larger;
  }

  #arm(): void {
    if (this.#release !== null) return;
    this.#release = setTimeout(() => {
      this.#release = null;
      // what is still in it is dropped some time, and asks for this again
      if (this.#length > 0) return;
      if (monotonic() - this.#usedAt < CALM_MS) this.#arm();
      else this.#block = Buffer.alloc(0);
    }, CALM_MS).unref();
  }
}
