// node scripts/python.mjs [--fix] [FILE…]: lints every Python file of the repository, or these, and checks their
// format, as ruff does.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";

const root = path.dirname(import.meta.dirname);
const fix = process.argv.includes("--fix");
/** What ships also has a bound on complexity, as the TypeScript has on size. */
const STYLE = ["E", "F", "W", "B", "I", "UP", "ERA", "PIE"];
const COMPLEXITY = ["C901", "PLR0911", "PLR0912", "PLR0915"];
const ruff = workspace(STYLE);
const strict = workspace([...STYLE, ...COMPLEXITY]);
/** The result of one fix may violate another rule. */
const MOST_ROUNDS = 100;

const listed = ["ls-files", "--cached", "--others", "--exclude-standard", "*.py"];
const named = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const files =
  named.length > 0
    ? named
    : spawnSync("git", listed, { cwd: root, encoding: "utf8" }).stdout.split("\n").filter(Boolean);
const found = files.flatMap((file) => problems(path.resolve(root, file)).map((problem) => `${file}${problem}`));
for (const problem of found) console.error(problem);
if (files.length === 0) console.error("git lists no Python file here");
process.exitCode = found.length > 0 || files.length === 0 ? 1 : 0;

function workspace(select) {
  return new Workspace(
    {
      "line-length": 120,
      // the oldest Python that a preforked app runs on
      "target-version": "py39",
      lint: { select, mccabe: { "max-complexity": 10 } },
    },
    PositionEncoding.Utf16,
  );
}

function problems(file) {
  const before = readFileSync(file, "utf8");
  const text = fix ? ruff.format(fixed(before)) : before;
  if (text !== before) writeFileSync(file, text);
  const findings = (/(^|\/)src\//.test(path.relative(root, file)) ? strict : ruff)
    .check(text)
    .map(({ code, message, start_location: { row, column } }) => `:${row}:${column} ${code ?? "syntax"} ${message}`);
  return ruff.format(text) === text ? findings : [...findings, ": not formatted (node scripts/python.mjs --fix)"];
}

function fixed(text) {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const edits = ruff.check(text).find((problem) => problem.fix)?.fix.edits;
    if (!edits) break;
    const lines = text.split(/(?<=\n)/);
    const offset = ({ row, column }) => lines.slice(0, row - 1).join("").length + column - 1;
    for (const { location, end_location, content } of edits.toReversed())
      text = text.slice(0, offset(location)) + (content ?? "") + text.slice(offset(end_location));
  }
  return text;
}
