import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../rigs/devpm.ts";

/** The names in the last column of docs/guarantees.md. */
function promised(): string[] {
  const page = readFileSync(path.join(REPOSITORY, "docs/guarantees.md"), "utf8");
  return [...page.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map((match) => match[1] ?? "");
}

/** As vitest itself would run them; in CI a skipped one fails the run. */
function tested(): string[] {
  const vitest = path.join(REPOSITORY, "node_modules/vitest/vitest.mjs");
  const done = spawnSync(process.execPath, [vitest, "list", "--project", "faults", "--json"], {
    cwd: REPOSITORY,
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  if (done.status !== 0) throw new Error(`vitest list: ${done.stderr}`);
  return (JSON.parse(done.stdout) as { name: string }[]).map(({ name }) => name);
}

test("every guarantee names a test of the fault table, and every test has its row", () => {
  const rows = promised();
  expect(rows.toSorted()).toEqual(tested().toSorted());
  expect(new Set(rows).size).toBe(rows.length);
});
