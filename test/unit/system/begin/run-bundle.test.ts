import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asCommonJs } from "../../../rigs/as-commonjs.ts";

const RUN_BUNDLE = asCommonJs("system/begin/run-bundle.ts");
/** Enough functions that damage in the middle of the bytecode is damage to one that runs. */
const functions = Array.from({ length: 500 }, (_, n) => `function f${n}() { return "${n}"; } f${n}();`);
/** A file of the bundle: a function. */
const asBundle = (text: string): string => Module.wrap(`${text}\n`);
let folder: string;
let bundle: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "devpm-run-bundle-"));
  bundle = path.join(folder, "cli.cjs");
  const use = 'exports.use = { isEngine: process.argv.includes("dev") && !process.argv.includes("joins") };';
  writeFileSync(bundle, asBundle(`${use}\n${functions.join("\n")}\nconsole.log("ran");`));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** With these words after the program's name, under a umask that withholds nothing. */
function run(...words: string[]): { stdout: string; status: number | null; signal: NodeJS.Signals | null } {
  const program = `process.umask(0); require(${JSON.stringify(RUN_BUNDLE)}).run(${JSON.stringify(bundle)})`;
  const { stdout, status, signal } = spawnSync(process.execPath, ["-e", program, "--", bundle, ...words], {
    encoding: "utf8",
  });
  return { stdout, status, signal };
}

const RAN = { stdout: "ran\n", status: 0, signal: null };
const kept = (): string[] => readdirSync(folder).filter((name) => name.includes(".v8"));
const uses = (): string[] => kept().map((name) => /\.cjs\.(\w+)-/.exec(name)![1]!);

test("the bytecode of a run is kept beside the bundle, for its owner alone to write, and the next run leaves it as it is", () => {
  expect(run()).toEqual(RAN);
  expect(kept()).toHaveLength(1);
  const file = path.join(folder, kept()[0]!);
  const { mode, ino } = statSync(file);
  expect((mode & 0o777).toString(8)).toBe("644");
  expect(run()).toEqual(RAN);
  expect(statSync(file).ino).toBe(ino);
});

test("what a run that is killed while it writes leaves is gone after the next, and what another one is writing stays", () => {
  const die = 'require("node:fs").renameSync = () => process.kill(process.pid, "SIGKILL");';
  const bundled = readFileSync(bundle, "utf8");
  writeFileSync(bundle, bundled.replace("console.log", `${die} console.log`));
  expect(run().signal).toBe("SIGKILL");
  expect(kept()).toEqual([expect.stringMatching(/\.v8\.\d+$/)]);
  const [other] = kept().map((name) => name.replace(/\d+$/, String(process.pid)));
  writeFileSync(path.join(folder, other!), "");
  writeFileSync(bundle, bundled);
  expect(run()).toEqual(RAN);
  expect(kept()).toHaveLength(2);
  expect(kept().filter((name) => !name.endsWith(".v8"))).toEqual([other]);
});

test.each(["dev --help", "-h", "--version"])(
  "what a first call with %s compiles is kept for its like alone",
  (line) => {
    expect(run(...line.split(" "))).toEqual(RAN);
    expect(uses()).toEqual(["brief"]);
    expect(run("dev")).toEqual(RAN);
    expect(uses()).toEqual(["brief", "dev"]);
  },
);

test("a `dev` that joins a session leaves nothing for one that runs it", () => {
  expect(run("dev", "joins")).toEqual(RAN);
  expect(kept()).toEqual([]);
  expect(run("dev")).toEqual(RAN);
  expect(uses()).toEqual(["dev"]);
});

test("what is called often has its own, and all else shares one", () => {
  for (const line of ["status", "wait api", "doctor", "restart api"]) expect(run(...line.split(" "))).toEqual(RAN);
  expect(uses()).toEqual(["rest", "status", "wait"]);
});

test("a bundle that the first one loads is kept for what the process has become", () => {
  const more = path.join(folder, "more.cjs");
  writeFileSync(more, asBundle(`${functions.join("\n")}\nexports.value = "of more";`));
  const load = `require(${JSON.stringify(RUN_BUNDLE)}).run(${JSON.stringify(more)}).value`;
  writeFileSync(bundle, asBundle(`exports.use = { isEngine: process.argv.includes("alone") };\nconsole.log(${load});`));
  for (const line of ["dev joins", "dev alone", "dev alone"])
    expect(run(...line.split(" "))).toEqual({ ...RAN, stdout: "of more\n" });
  expect(uses()).toEqual(["dev", "dev"]);
});

test.each([
  ["its second half is zeros, as after a power cut", (whole: Buffer) => whole.fill(0, whole.length >> 1)],
  ["a page in the middle is zeros", (whole: Buffer) => whole.fill(0, whole.length >> 1, (whole.length >> 1) + 4096)],
  ["its end is missing", (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
  ["it is empty", () => Buffer.alloc(0)],
])("where %s, the program is compiled, and kept whole again", (_, damage) => {
  run();
  const file = path.join(folder, kept()[0]!);
  const whole = readFileSync(file);
  writeFileSync(file, damage(Buffer.from(whole)));
  expect(run()).toEqual(RAN);
  expect(kept()).toHaveLength(1);
  expect(readFileSync(file).length).toBe(whole.length);
  expect(run()).toEqual(RAN);
});
