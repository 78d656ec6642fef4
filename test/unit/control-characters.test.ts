import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../rigs/devpm.ts";

/** A backspace in a pattern looks like `\b` in every editor, and matches nothing. */
// oxlint-disable-next-line no-control-regex -- it looks for them
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

const written = spawnSync(
  "git",
  ["ls-files", "-z", "*.ts", "*.tsx", "*.js", "*.mjs", "*.py", "*.wat", "*.json", "*.md"],
  {
    cwd: REPOSITORY,
    encoding: "utf8",
  },
)
  .stdout.split("\0")
  .filter((file) => file !== "");

test("no source or document holds a control character", () => {
  expect(written.length).toBeGreaterThan(1000);
  const held = written.filter((file) => CONTROL.test(readFileSync(path.join(REPOSITORY, file), "utf8")));
  expect(held).toEqual([]);
});

test("a backspace is found, a tab and a carriage return are none", () => {
  expect([String.fromCodePoint(8), String.fromCodePoint(0), "\t\r\n"].map((text) => CONTROL.test(text))).toEqual([
    true,
    true,
    false,
  ]);
});
