import { expect, test, vi } from "vitest";
import { releaseMemory } from "../../../src/system/memory.ts";

/** V8 frees beside the program, and may be late where the machine is busy. */
const released = (check: () => void): Promise<void> =>
  vi.waitFor(
    () => {
      releaseMemory();
      check();
    },
    { timeout: 30_000, interval: 20 },
  );

/** In functions of their own: their frames are gone, and with them what these still named. */
function objects(): { collectable: WeakRef<object>; before: number } {
  const held = Array.from({ length: 500_000 }, (_, n) => ({ n, text: `text ${n}` }));
  return { collectable: new WeakRef(held), before: process.memoryUsage().heapUsed };
}

function buffers(size: number): number {
  const held = Array.from({ length: 4 }, (_, n) => Buffer.alloc(size / 4, n));
  const before = process.memoryUsage().arrayBuffers;
  expect(before).toBeGreaterThan(size - 1);
  expect(held).toHaveLength(4);
  return before;
}

test("what nothing refers to any more is given back", async () => {
  const { collectable, before } = objects();
  await new Promise<void>((resolve) => setImmediate(resolve));
  await released(() => {
    expect(collectable.deref()).toBeUndefined();
    expect(process.memoryUsage().heapUsed).toBeLessThan(before - 20_000_000);
  });
  // a program of the user's configuration finds nothing new
  expect("gc" in globalThis).toBe(false);
});

test("so is the content of buffers, such as the bytecode that a start reads", async () => {
  const SIZE = 64_000_000;
  const before = buffers(SIZE);
  await new Promise<void>((resolve) => setImmediate(resolve));
  await released(() => expect(process.memoryUsage().arrayBuffers).toBeLessThan(before - SIZE / 2));
});
