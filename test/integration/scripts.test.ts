import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { REPOSITORY } from "../rigs/devpm.ts";
import { cleanEnvironment } from "../rigs/environment.ts";
import { processesOf } from "../rigs/processes.ts";
import { type Finished, runProgram, startProgram } from "../rigs/program.ts";
import { openTerminal } from "../rigs/terminal.ts";
import { fixture } from "../rigs/fixtures.ts";

const CLI = fixture("scripts/cli.ts");

/** For npm, which asks a registry, and the compiler. */
const deadlineMs = 300_000;

const LONG = { timeout: 900_000 };

/** A fresh clone of a repository that has this one's scripts, and a CLI small enough to compile in a moment. */
async function freshClone(): Promise<Clone> {
  const root = mkdtempSync(path.join(tmpdir(), "devpm-clone-"));
  onTestFinished(() => rmSync(root, { recursive: true, maxRetries: 5 }));
  for (const name of ["scripts", "bin", "tsconfig.json", "tsconfig.build.json"]) {
    cpSync(path.join(REPOSITORY, name), path.join(root, name), { recursive: true });
  }
  const { scripts } = JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8")) as { scripts: object };
  const links = { typescript: "", "@types/node": "", esbuild: "" };
  for (const name of Object.keys(links)) Object.assign(links, { [name]: `file:${REPOSITORY}/node_modules/${name}` });
  writeFileSync(
    path.join(root, "package.json"),
    JSON.stringify({ name: "fresh", version: "1.0.0", type: "module", scripts, devDependencies: links }),
  );
  mkdirSync(path.join(root, "src/folder"), { recursive: true });
  mkdirSync(path.join(root, "web"));
  // what runs the bundle
  for (const name of ["system/begin", "system/begun.ts", "util/package-files.ts"])
    cpSync(path.join(REPOSITORY, "src", name), path.join(root, "src", name), { recursive: true });
  writeFileSync(path.join(root, "src/cli.ts"), CLI);
  writeFileSync(path.join(root, "src/folder/helper.py"), "print('helper')\n");
  const env = cleanEnvironment(process.env.HOME ?? root);
  const made = await runProgram(["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], {
    env,
    cwd: root,
    deadlineMs,
  });
  expect(made.code, made.output).toBe(0);
  const clone: Clone = {
    root,
    env,
    prepare: () => runProgram([process.execPath, "scripts/prepare.mjs"], { env, cwd: root, deadlineMs }),
    read: (name) => readFileSync(path.join(root, name), "utf8"),
    write: (name, text) => writeFileSync(path.join(root, name), text),
  };
  return clone;
}

interface Clone {
  root: string;
  env: Record<string, string>;
  prepare(): Promise<Finished>;
  read(name: string): string;
  write(name: string, text: string): void;
}

test("a fresh clone is installed and built once, and then left alone", LONG, async () => {
  const clone = await freshClone();
  const first = await clone.prepare();
  expect(first.code, first.output).toBe(0);
  expect(first.stderr).toMatch(/installing dependencies[^]*building dist/);
  expect(clone.read("dist/folder/helper.py")).toBe("print('helper')\n");
  expect(await clone.prepare()).toMatchObject({ code: 0, output: "" });

  // a checkout changes times and nothing else
  utimesSync(path.join(clone.root, "src/cli.ts"), new Date(), new Date());
  expect((await clone.prepare()).output).toBe("");

  clone.write("src/cli.ts", `${CLI}console.log("changed");`);
  expect((await clone.prepare()).stderr).toBe("devpm: building dist\n");
  expect(clone.read("dist/lib/cli.cjs")).toContain("changed");

  clone.write("package-lock.json", `${clone.read("package-lock.json")}\n`);
  expect((await clone.prepare()).stderr).toContain("installing dependencies");
});

test("code that does not compile is said, and dist stays as it was", LONG, async () => {
  const clone = await freshClone();
  await clone.prepare();
  const before = clone.read("dist/lib/cli.cjs");
  clone.write("src/cli.ts", "const wrong: number = 'text';\nexport {};\n");
  const failed = await clone.prepare();
  expect(failed.code).toBe(1);
  expect(failed.output).toMatch(/src\/cli\.ts\(1,7\): error TS2322[^]*did not compile; dist is as it was/);
  expect(clone.read("dist/lib/cli.cjs")).toBe(before);
});

test("two at once do the work once", LONG, async () => {
  const clone = await freshClone();
  const both = await Promise.all([clone.prepare(), clone.prepare()]);
  const said = both.map((one) => one.output).join("");
  expect(both.map((one) => one.code)).toEqual([0, 0]);
  expect(said.match(/installing dependencies/g)).toHaveLength(1);
  expect(said.match(/building dist/g)).toHaveLength(1);
});

test("npm start: Ctrl+C ends devpm, and npm ends after it, as it did", LONG, async () => {
  const clone = await freshClone();
  await clone.prepare();
  const terminal = await openTerminal(["npm", "start", "--", "--stay"], { env: clone.env, cwd: clone.root });
  await terminal.waitFor(/cli dev --stay[^]*\nup$/m);
  terminal.write("\x03");
  expect(await terminal.ended()).toEqual({ code: 130, signal: null });
  expect(terminal.output()).toContain("torn down after SIGINT");
  expect(processesOf(clone.root)).toEqual([]);
  terminal.close();
});

test("npm start: SIGTERM to npm ends devpm too", LONG, async () => {
  const clone = await freshClone();
  await clone.prepare();
  const npm = startProgram(["npm", "start", "--", "--stay"], { env: clone.env, cwd: clone.root });
  await npm.waitFor(/^up$/m);
  npm.kill("SIGTERM");
  expect(await npm.ended()).toEqual({ code: 143, signal: null });
  expect(npm.output()).toContain("torn down after SIGTERM");
  expect(processesOf(clone.root)).toEqual([]);
});
