import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { expandReferences, parseEnvFile } from "../../../src/config/env-file.ts";
import { pythonWith } from "../../rigs/python.ts";
import { fixture } from "../../rigs/fixtures.ts";

/** Pieces of which a file may be made: whatever python-dotenv treats in a way of its own, and what it does not. */
const PIECES = [
  ...["A=", "B=", "export A=", "export\tB =", "'A'=", "=", "A", "C = ", "A:"],
  ...["x", "#", " #", "\t# y", "'", '"', "\\", "\\n", '\\"', "\\'", " ", "  ", "é🦦", "=", "`", "$A", "$$"],
  ...["${A}", "${B:-d}", "${C-d}", "${C:?d}", "${", "}", ":-"],
  ...["\n", "\n", "\n", "\r\n", "\n\n"],
];

/** The same sequence for the same seed, so that a failure can be had again. */
function* files(count: number, seed: number): Generator<string> {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let made = 0; made < count; made += 1) {
    const pieces = Array.from({ length: 1 + next(14) }, () => PIECES[next(PIECES.length)]);
    yield pieces.join("");
  }
}

/** What python-dotenv makes of each file, references not filled in and filled in. */
const PYTHON = fixture("plan/read_as_dotenv.py");

interface Answer {
  plain: [string, string | null][];
  errors: number;
  filled: Record<string, string | null>;
}

test("four thousand files mean what they mean to python-dotenv", async () => {
  const seed = 20_261;
  const texts = [...files(4_000, seed)];
  const venv = await pythonWith(["python-dotenv==1.2.4"]);
  const asked = spawnSync(path.join(venv, "bin/python"), ["-c", PYTHON], {
    input: JSON.stringify(texts),
    encoding: "utf8",
    maxBuffer: 1e8,
    env: {},
  });
  expect(asked.stderr).toBe("");
  const answers = JSON.parse(asked.stdout) as Answer[];
  let references = 0;
  for (const [index, text] of texts.entries()) {
    const answer = answers[index];
    const { assignments, problems } = parseEnvFile(text);
    const story = `${JSON.stringify(text)} (seed ${seed}, file ${index})`;
    expect(
      assignments.map(({ name, value }) => [name, value]),
      story,
    ).toEqual(answer?.plain);
    expect(problems.length, story).toBe(answer?.errors);
    const values = new Map<string, string>();
    let literal = false;
    for (const { name, value, expands } of assignments) {
      if (value === null) continue;
      // the one difference: single quotes keep a reference as it is
      literal ||= !expands && value.includes("${");
      values.set(name, expands ? expandReferences(value, (wanted) => values.get(wanted)).text : value);
    }
    if (literal) continue;
    if (text.includes("${")) references += 1;
    const filled = Object.fromEntries(Object.entries(answer?.filled ?? {}).filter(([, value]) => value !== null));
    const nulls = assignments.filter(({ value }) => value === null).map(({ name }) => name);
    for (const name of nulls) values.delete(name);
    for (const name of nulls) delete filled[name];
    expect(Object.fromEntries(values), story).toEqual(filled);
  }
  expect(references).toBeGreaterThan(200);
});
