import { getHeapCodeStatistics } from "node:v8";
import { runInThisContext } from "node:vm";
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

const bytecode = (): number => getHeapCodeStatistics().bytecode_and_metadata_size;

/** Each is compiled when it is called. */
function functions(count: number): ((n: number) => number)[] {
  const texts = Array.from(
    { length: count },
    (_, at) => `(n) => { let sum = ${at}; for (const one of [n, n + ${at}, n * 2]) sum += one; return sum; }`,
  );
  return runInThisContext(`[${texts.join()}]`) as ((n: number) => number)[];
}

test("so is what was compiled for a start, and what is called again answers as before", () => {
  const all = functions(3_000);
  const before = bytecode();
  const results = all.map((one) => one(1));
  const compiled = bytecode() - before;
  // V8 itself drops it where many collections have found it unused
  releaseMemory();
  expect(bytecode()).toBeLessThan(before + compiled / 4);
  expect(all.map((one) => one(1))).toEqual(results);
});

test("what runs, waits or is half-way through meanwhile goes on", async () => {
  const begun: number[] = [];
  function* counting(): Generator<number, number> {
    let sum = 0;
    for (const n of [1, 2, 3]) yield (sum += n);
    return sum;
  }
  const release = (depth: number): number => {
    if (depth > 0) return release(depth - 1) + 1;
    releaseMemory();
    return 0;
  };
  const later = async (): Promise<number> => {
    const own = [4, 5];
    await new Promise<void>((resolve) => setImmediate(resolve));
    releaseMemory();
    await new Promise<void>((resolve) => setImmediate(resolve));
    return own.reduce((sum, n) => sum + n);
  };
  // enough calls that the faster code of V8's first compiler runs too
  for (let n = 0; n < 500; n += 1) begun.push([...counting()].length);
  const generator = counting();
  expect(generator.next().value).toBe(1);
  const promise = later();
  expect(release(50)).toBe(50);
  expect(generator.next().value).toBe(3);
  expect(await promise).toBe(9);
  expect([...generator]).toEqual([6]);
  expect(new Set(begun)).toEqual(new Set([3]));
});
