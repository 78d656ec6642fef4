import { expect, test } from "vitest";
import { releaseMemory } from "../../../src/system/memory.ts";

test("what nothing refers to any more is given back", () => {
  let held: object[] | null = Array.from({ length: 500_000 }, (_, n) => ({ n, text: `text ${n}` }));
  const collectable = new WeakRef(held);
  const before = process.memoryUsage().heapUsed;
  held = null;
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    releaseMemory();
    expect(collectable.deref()).toBeUndefined();
    expect(process.memoryUsage().heapUsed).toBeLessThan(before - 20_000_000);
    // a program of the user's configuration finds nothing new
    expect("gc" in globalThis).toBe(false);
  });
});

test("so is the content of buffers, such as the bytecode that a start reads", async () => {
  const SIZE = 64_000_000;
  let held: Buffer[] | null = Array.from({ length: 4 }, (_, n) => Buffer.alloc(SIZE / 4, n));
  const before = process.memoryUsage().arrayBuffers;
  expect(before).toBeGreaterThan(SIZE - 1);
  held = null;
  await new Promise<void>((resolve) => setImmediate(resolve));
  releaseMemory();
  expect(held).toBeNull();
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(before - SIZE / 2);
});
