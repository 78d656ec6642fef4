import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { unloadAfter } from "../../../../src/system/begin/unload.ts";
import { releaseMemory } from "../../../../src/system/memory.ts";

let folder: string;
let there: NodeJS.Require;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-unload-")));
  const files = {
    "here.js": "module.exports = { here: 1 };",
    "large/index.js": `globalThis.unloadTest = { of: module };
      Promise.resolve().then(() => (module.exports.late = require("./late.js")));
      module.exports = { part: require("./part.js"), here: require("../here.js"), ask: () => require("./part.js") };`,
    "large/part.js": "module.exports = { part: 1 };",
    "large/late.js": "module.exports = { late: 1, of: require('./part.js') };",
  };
  mkdirSync(path.join(folder, "large"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  there = createRequire(path.join(folder, "first.js"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Large {
  part: object;
  here: object;
  ask: () => object;
}

const load = (): Large => unloadAfter(there, () => there("./large") as Large);
const cached = (): string[] => Object.keys(there.cache).filter((file) => file.startsWith(folder));

test("what was loaded meanwhile works and is not kept; what was there before is", () => {
  const here = there("./here.js") as object;
  const large = load();
  expect(large.here).toBe(here);
  expect(large.ask()).toEqual({ part: 1 });
  expect(unloadAfter(there, () => there("./large") as Large)).not.toBe(large);
  expect(globalThis).not.toHaveProperty("unloadTest");
  expect(cached()).toContain(path.join(folder, "here.js"));
});

test("beside code of the user's, what is no part of the package stays, and does not hold it", () => {
  const isPart = (file: string): boolean => file.includes("large");
  const large = unloadAfter(there, () => there("./large") as Large, isPart);
  const here = path.join(folder, "here.js");
  expect(cached()).toEqual([here]);
  expect(there("./here.js")).toBe(large.here);
  expect(there.cache[here]?.parent).toBeUndefined();
  expect(globalThis).toHaveProperty("unloadTest");
  Reflect.deleteProperty(globalThis, "unloadTest");
});

test("also what it loads a moment later", async () => {
  load();
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(cached().filter((file) => file.includes("late"))).toEqual([]);
});

test("also where it throws", () => {
  const run = (): never => {
    there("./large");
    throw new Error("no");
  };
  expect(() => unloadAfter(there, run)).toThrow("no");
  expect(cached()).toEqual([]);
});

/** In a function of its own: its frame is gone, and with it what this named. */
const collectable = (): WeakRef<object>[] => {
  const { part, ask } = load();
  return [new WeakRef(part), new WeakRef(ask)];
};

test("its memory is given back", async () => {
  const refs = collectable();
  await new Promise<void>((resolve) => setImmediate(resolve));
  await vi.waitFor(
    () => {
      releaseMemory();
      expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined]);
    },
    { timeout: 30_000, interval: 20 },
  );
});
