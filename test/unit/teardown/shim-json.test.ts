import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../../rigs/devpm.ts";

const FOLDER = path.join(REPOSITORY, "src/teardown");

/** As the shim is run: isolated, and without what only `site` loads. */
function python(program: string, ...args: string[]): { stdout: string; stderr: string } {
  const begin = `import sys; sys.path.insert(0, ${JSON.stringify(FOLDER)})\n`;
  const { stdout, stderr } = spawnSync("python3", ["-I", "-S", "-B", "-c", begin + program, ...args], {
    encoding: "utf8",
  });
  return { stdout, stderr };
}

const VALUE = {
  text: 'quoted " \\ / \b\f\n\r\t \u0000 \u2028 Zoë 🎮',
  numbers: [0, -1, 1.5, 1e21, 1_000_000_000_000],
  others: [true, false, null, {}, [], ""],
  "nested key": { spared: { programs: ["code*"], browsers: [] } },
};

test.each([
  ["in one line", JSON.stringify(VALUE)],
  ["over several, as a record is written", `${JSON.stringify(VALUE, null, 2)}\n`],
])("the shim reads what Node has written %s, and names a command so that Node reads it", (_, text) => {
  const program = `
from shim_json import quoted, value_of
import json
value = value_of(sys.argv[1])
assert value == json.loads(sys.argv[1]), value
print(quoted(value["text"].replace("\\0", "")))`;
  const { stdout, stderr } = python(program, text);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toBe(VALUE.text.replace("\0", ""));
});

test.each(["", "x", '{"id":', '{"id" 1}', '"\n"'])("what is no JSON (%j) is a ValueError", (text) => {
  const program = `
from shim_json import value_of
try:
    print(value_of(sys.argv[1]))
except ValueError:
    print("ValueError")`;
  expect(python(program, text)).toEqual({ stdout: "ValueError\n", stderr: "" });
});

test("what the guards load for as long as a session runs has none of the large modules", () => {
  const { stdout, stderr } = python("import shim_session, shim_lifeline\nprint(*sys.modules)");
  expect(stderr).toBe("");
  const loaded = stdout.trim().split(" ");
  expect(loaded).toContain("shim_json");
  for (const large of ["json", "re", "enum", "collections", "functools", "ctypes", "signal", "socket", "shutil"])
    expect(loaded).not.toContain(large);
});
