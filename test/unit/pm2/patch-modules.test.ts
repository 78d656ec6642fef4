import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { DEFERRED, patchModules } from "../../../src/pm2/patch-modules.ts";
import { silenceDebug } from "../../../src/system/pm2/replace-module.ts";

// by names that look for no dependency of devpm's
const LATE: string = "late";
const ABSENT: string = "not-there";
const DEBUG: string = "debug";

const loaded = globalThis as { loadedByTest?: number };

/** A package that counts how often it was loaded, in a folder of its own. */
function packageOf(code: string): NodeJS.Require {
  const folder = mkdtempSync(path.join(os.tmpdir(), "devpm-defer-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(path.join(folder, "node_modules/late"), { recursive: true });
  writeFileSync(
    path.join(folder, "node_modules/late/index.js"),
    `globalThis.loadedByTest = (globalThis.loadedByTest ?? 0) + 1;\n${code}`,
  );
  loaded.loadedByTest = 0;
  return createRequire(path.join(folder, "main.js"));
}

it("loads at the first look, once, and is the real module from then on", () => {
  const require = packageOf("exports.twice = (n) => 2 * n; Object.defineProperty(exports, 'fixed', { value: 1 });");
  patchModules(require, ["late"]);
  const late = require(LATE) as { twice: (n: number) => number };
  expect(require(LATE)).toBe(late);
  expect(loaded.loadedByTest).toBe(0);
  expect(late.twice(4)).toBe(8);
  expect("twice" in late).toBe(true);
  expect(Object.keys({ ...late })).toEqual(["twice"]);
  expect(Object.getOwnPropertyDescriptor(late, "fixed")?.value).toBe(1);
  expect(loaded.loadedByTest).toBe(1);
  expect((require(LATE) as typeof late).twice).toBe(late.twice);
});

it("what is patched on it is seen by whoever has it", () => {
  const require = packageOf("exports.word = () => 'plain';");
  patchModules(require, ["late"]);
  const late = require(LATE) as { word: () => string };
  late.word = () => "patched";
  expect((require(LATE) as typeof late).word()).toBe("patched");
});

it("an error while it loads is its own, at the place of its use", () => {
  const require = packageOf("throw new Error('broken');");
  patchModules(require, ["late"]);
  const late = require(LATE) as { word: unknown };
  expect(() => late.word).toThrow("broken");
});

it("leaves alone what is not installed, and what is loaded already", () => {
  const require = packageOf("exports.word = 1;");
  const late: unknown = require(LATE);
  patchModules(require, ["late", "not-there"]);
  expect(require(LATE)).toBe(late);
  expect(() => require(ABSENT) as unknown).toThrow(/Cannot find module/);
});

it("names modules that PM2's daemon has, and uses as objects", () => {
  const require = createRequire(createRequire(import.meta.url).resolve("pm2/lib/Daemon.js"));
  for (const name of DEFERRED) expect(typeof require(name), name).toBe("object");
});

it("debug is not loaded, and what it gives prints nothing", () => {
  const require = createRequire(createRequire(import.meta.url).resolve("pm2/lib/Daemon.js"));
  const file = require.resolve(DEBUG);
  const before = require.cache[file];
  onTestFinished(() => void (before ? (require.cache[file] = before) : delete require.cache[file]));
  delete require.cache[file];
  silenceDebug(require);
  const debug = require(file) as (name: string) => (...args: unknown[]) => unknown;
  expect(debug("pm2:god")("%s is said", "nothing")).toBeUndefined();
  expect(Object.keys(debug)).toEqual([]);
});
