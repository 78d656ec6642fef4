import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../src/model/limits.ts";
import { REPOSITORY } from "../rigs/devpm.ts";

const page = readFileSync(path.join(REPOSITORY, "docs/guarantees.md"), "utf8");
const [ends = "", rest = ""] = page.split(/^# Security$/m);

/** The names in the last column of a part of docs/guarantees.md. */
const promised = (part: string): string[] =>
  [...part.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map((match) => match[1] ?? "");

/** As vitest itself would run them; in CI a skipped one fails the run. */
function tested(args: readonly string[]): { name: string; file: string }[] {
  const vitest = path.join(REPOSITORY, "node_modules/vitest/vitest.mjs");
  const done = spawnSync(process.execPath, [vitest, "list", ...args, "--json"], {
    cwd: REPOSITORY,
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  if (done.status !== 0) throw new Error(`vitest list: ${done.stderr}`);
  return JSON.parse(done.stdout) as { name: string; file: string }[];
}

test("every guarantee names a test of the fault table, and every test has its row", () => {
  const rows = promised(ends);
  expect(rows.toSorted()).toEqual(
    tested(["--project", "faults"])
      .map(({ name }) => name)
      .toSorted(),
  );
  expect(new Set(rows).size).toBe(rows.length);
});

test("every promise of security and every limit names a test that is there", () => {
  const rows = new Set(promised(rest));
  const inTables = rest.match(/^\| (?!promised|of what).*\|$/gm)?.filter((line) => !/^\|[-|]+$/.test(line)) ?? [];
  expect(promised(rest)).toHaveLength(inTables.length);
  const files = new Set([...rows].map((row) => row.split(": ")[0] ?? ""));
  const there = tested([...files]).map(({ name, file }) => `${path.relative(REPOSITORY, file)}: ${name}`);
  expect([...rows].filter((row) => !there.includes(row))).toEqual([]);
});

test("every limit of the socket stands on the page with its number", () => {
  for (const [name, value] of Object.entries(limits)) expect(rest).toMatch(new RegExp(`\\b${value}\\b.*\\(${name}\\)`));
});
