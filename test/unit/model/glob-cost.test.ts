import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, test } from "vitest";
import { whyCostly } from "../../../src/model/glob-cost.ts";
import { matcher } from "../../../src/model/save-rules.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";

/** As PM2 has it: its library for watching matches with it. */
const picomatch = createRequire(createRequire(import.meta.url).resolve("pm2/package.json"))("picomatch") as (
  glob: string,
) => (file: string) => boolean;

/** The worst that is let through, each on a path that almost matches it everywhere. */
const WORST: [glob: string, file: string][] = [
  ["*a*a*b", "a".repeat(255)],
  ["**/*a*a*b", Array(16).fill("a".repeat(250)).join("/")],
  ["**/a/**/a/**/b", Array(200).fill("a").join("/")],
  ["**/*a*a/**/*a*b", Array(20).fill("a".repeat(100)).join("/")],
  [`${"*".repeat(60)}b`, "a".repeat(255)],
  ["**/**/**/**/**/**/**/**/**/b", Array(500).fill("a").join("/")],
];

test.each(WORST)("%s is let through", (glob) => expect(whyCostly(glob)).toBeNull());

test.each(["*a*a*a*a*b", "**/a/**/a/**/a/**/b", "*(*(a))", "a".repeat(5_000), "*/*/*/*/*/*/*/*/*/b"])(
  "%s is not",
  (glob) => expect(whyCostly(glob)).not.toBeNull(),
);

// each of them would be at it for longer than the test has, if the bounds were not what they are
test.each(WORST)("%s is matched to its end by devpm", (glob, file) => {
  expect(matcher("/shop", [glob])(`/shop/${file}`)).toBe(false);
});

test.each(WORST)("%s is matched to its end by PM2's library", (glob, file) => {
  expect(picomatch(`/shop/${glob}`)(`/shop/${file}`)).toBe(false);
});

/** It starts a Python; on a slow machine that alone takes seconds. */
const SLOW = { timeout: 60_000 };

test.each(WORST)("%s is matched to its end by the supervisor", SLOW, (glob, file) => {
  const folder = path.join(REPOSITORY, "src/reload/prefork/supervisor/watch");
  const code =
    "import sys; sys.path.insert(0, sys.argv[1]); from ignore import Ignore; print(Ignore('/shop', [sys.argv[2]])(sys.argv[3]))";
  const done = spawnSync("python3", ["-c", code, folder, glob, `/shop/${file}`], { encoding: "utf8", timeout: 60_000 });
  expect(done.stdout, done.stderr).toBe("False\n");
});
