import { spawnSync } from "node:child_process";
import { expect, test, vi } from "vitest";
import { REPOSITORY } from "../../rigs/devpm.ts";
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

/** In a process of its own: it prints how much more it has for itself than before, with many objects and without them. */
const MANY_OBJECTS = `
import { readFileSync } from "node:fs";
import { releaseMemory } from "./src/system/memory.ts";
const ownPages = () => Number(/^RssAnon:\\s+(\\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"))[1]) * 1024;
function shortLived() {
  const held = [];
  for (let n = 0; n < 3_000_000; n += 1) held[n % 100_000] = { n, next: { n } };
}
releaseMemory();
const before = ownPages();
shortLived();
const grown = ownPages() - before;
let left = grown;
for (const end = Date.now() + 30_000; left > grown / 3 && Date.now() < end; left = ownPages() - before) {
  releaseMemory();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
console.log(JSON.stringify({ grown, left }));
`;

/** Those before have no pool of pages. */
const HAS_POOL = process.platform === "linux" && Number.parseInt(process.versions.v8, 10) >= 12;

test.each(HAS_POOL ? ["new objects"] : [])("so is the space that V8 keeps for %s", () => {
  const args = ["--import", "tsx", "--input-type=module", "-e", MANY_OBJECTS];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" });
  expect(stderr).toBe("");
  const { grown, left } = JSON.parse(stdout) as { grown: number; left: number };
  expect(grown).toBeGreaterThan(10_000_000);
  expect(left).toBeLessThan(grown / 3);
});
