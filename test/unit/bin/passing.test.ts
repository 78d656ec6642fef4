import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { REPOSITORY } from "../../rigs/devpm.ts";

const { pass } = createRequire(import.meta.url)(path.join(REPOSITORY, "bin/passing.js")) as {
  pass<T>(require: NodeJS.Require, run: () => T, options?: { globals?: boolean }): T;
};
let folder: string;
let there: NodeJS.Require;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-passing-")));
  const files = {
    "here.js": "module.exports = { here: 1 };",
    "large/index.js": `globalThis.passingTest = { of: module };
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

const load = (): Large => pass(there, () => there("./large") as Large, { globals: true });
const cached = (): string[] => Object.keys(there.cache).filter((file) => file.startsWith(folder));

test("what was loaded meanwhile works and is not kept; what was there before is", () => {
  const here = there("./here.js") as object;
  const large = load();
  expect(large.here).toBe(here);
  expect(large.ask()).toEqual({ part: 1 });
  expect(load()).not.toBe(large);
  expect(globalThis).not.toHaveProperty("passingTest");
  expect(cached()).toContain(path.join(folder, "here.js"));
});

test("what a configuration puts into globalThis is its own, and stays", () => {
  pass(there, () => there("./large") as Large);
  onTestFinished(() => void Reflect.deleteProperty(globalThis, "passingTest"));
  expect(globalThis).toHaveProperty("passingTest");
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
  expect(() => pass(there, run, { globals: true })).toThrow("no");
  expect(cached()).toEqual([]);
});

/** A process of its own: what other tests have loaded into this one may hold anything. */
const HELD = `
  const { pass } = require(process.argv[1]);
  const there = require("node:module").createRequire(process.argv[2]);
  const refs = (() => {
    const { part, ask } = pass(there, () => there("./large"), { globals: true });
    return [new WeakRef(part), new WeakRef(ask)];
  })();
  setImmediate(() => {
    gc();
    console.log(refs.filter((ref) => ref.deref()).length);
  });
`;

test("its memory is given back", () => {
  const args = ["--expose-gc", "-e", HELD, path.join(REPOSITORY, "bin/passing.js"), path.join(folder, "first.js")];
  expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toBe("0\n");
});
