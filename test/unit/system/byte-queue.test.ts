import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ByteQueue } from "../../../src/system/byte-queue.ts";

describe("text that waits to be written", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is the bytes of all that was added, in order, whatever it is made of and however much it is", () => {
    const queue = new ByteQueue();
    const texts = ["one ", "", "zwei ü ", "三 🙂 ", "x".repeat(50_000), "\n"];
    for (const text of texts) queue.add(text);
    queue.addBytes(10, (block, at) => at + block.write("bytes", at));
    expect(queue.bytes.toString()).toBe(`${texts.join("")}bytes`);
    expect(queue.length).toBe(queue.bytes.length);
  });

  it("goes on behind what was dropped from its beginning", () => {
    const queue = new ByteQueue();
    queue.add("first second");
    queue.drop("first ".length);
    queue.add(" third");
    expect(queue.bytes.toString()).toBe("second third");
    queue.drop();
    expect(queue.length).toBe(0);
    queue.add("again");
    expect(queue.bytes.toString()).toBe("again");
  });

  it("is put into the same memory again, which is given back once nothing much was written for a while", () => {
    const queue = new ByteQueue();
    const burst = "x".repeat(100_000);
    const blocks = Array.from({ length: 5 }, () => {
      queue.add(burst);
      const block = queue.bytes.buffer;
      queue.drop();
      vi.advanceTimersByTime(500);
      return block;
    });
    expect(new Set(blocks).size).toBe(1);
    queue.add("waits");
    vi.advanceTimersByTime(10_000);
    expect(queue.bytes.toString()).toBe("waits");
    queue.drop();
    vi.advanceTimersByTime(10_000);
    expect(vi.getTimerCount()).toBe(0);
    queue.add("small");
    expect(queue.bytes.buffer).not.toBe(blocks[0]);
    expect(queue.bytes.buffer.byteLength).toBeLessThan(16 * 1024);
  });
});
