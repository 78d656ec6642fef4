import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const COMPILED = path.resolve(import.meta.dirname, "../../../bin/compiled.js");
/** What V8 checks of its own file: the rest it believes, and ends the process where that is wrong. */
const V8_HEADER_BYTES = 64;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "devpm-compiled-"));
  const functions = Array.from(
    { length: 200 },
    (_, at) => `const f${at} = (a) => ({ sum: a + ${at}, text: "${at}" });`,
  );
  const calls = functions.map((_, at) => `f${at}(1).sum`).join(" + ");
  writeFileSync(path.join(folder, "bundle.cjs"), `${functions.join("\n")}\nconsole.log(${calls});\n`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (): string =>
  execFileSync(process.execPath, ["-e", "require(process.argv[1]).run(process.argv[2])", COMPILED, bundle()], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
const bundle = (): string => path.join(folder, "bundle.cjs");
const kept = (): string[] => readdirSync(folder).filter((name) => name.includes(".v8"));
const onlyKept = (): string => {
  const [name, ...more] = kept();
  expect(more).toEqual([]);
  return path.join(folder, name ?? "no bytecode was kept");
};

test("the bytecode of a first run is kept, and used as it is by the second", () => {
  expect(run()).toBe("20100\n");
  const first = readFileSync(onlyKept());
  expect(run()).toBe("20100\n");
  expect(readFileSync(onlyKept())).toEqual(first);
});

test.each([
  ["zeros behind the header, as a power cut leaves them", (whole: Buffer) => whole.fill(0, V8_HEADER_BYTES)],
  ["noise behind the header", (whole: Buffer) => whole.map((byte, at) => (at < V8_HEADER_BYTES ? byte : at * 167))],
  [
    "one wrong byte",
    (whole: Buffer) => whole.fill(~(whole[whole.length >> 1] ?? 0), whole.length >> 1, (whole.length >> 1) + 1),
  ],
  ["the first half alone", (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
  ["three bytes", (whole: Buffer) => whole.subarray(0, 3)],
  ["an empty file", () => Buffer.alloc(0)],
])("damaged bytecode is neither run nor kept: %s", (_, damage) => {
  run();
  const file = onlyKept();
  const damaged = Buffer.from(damage(readFileSync(file)));
  writeFileSync(file, damaged);
  expect(run()).toBe("20100\n");
  expect(readFileSync(onlyKept())).not.toEqual(damaged);
});
