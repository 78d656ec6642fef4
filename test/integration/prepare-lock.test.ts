import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { REPOSITORY } from "../rigs/devpm.ts";
import { startProgram, type Running } from "../rigs/program.ts";

const SCRIPT = `
import { lock } from ${JSON.stringify(path.join(REPOSITORY, "scripts/lock.mjs"))};
const release = await lock(process.argv[1], (pid) => console.log("waits for " + pid), Number(process.argv[2]));
process.once("SIGUSR2", () => { release(); process.exit(0); });
console.log("has it");
setInterval(() => {}, 1000);
`;

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), "devpm-lock-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function taker(file: string, longestMs = 60_000): Running {
  const command = [process.execPath, "--input-type=module", "-e", SCRIPT, file, String(longestMs)];
  const running = startProgram(command, { env: { PATH: process.env.PATH }, cwd: path.dirname(file) });
  onTestFinished(() => running.kill("SIGKILL"));
  return running;
}

it("is held by one at a time, and passes on", async () => {
  const file = path.join(folder(), "lock");
  const first = taker(file);
  await first.waitFor(/has it/);
  const second = taker(file);
  await second.waitFor(new RegExp(`waits for ${first.pid}`));
  expect(second.output()).not.toContain("has it");
  first.kill("SIGUSR2");
  await second.waitFor(/has it/);
  second.kill("SIGUSR2");
  expect((await second.ended()).code).toBe(0);
  expect(readdirSync(path.dirname(file))).toEqual([]);
});

it.each<[string, (file: string, living: number) => void]>([
  ["that is empty", (file) => writeFileSync(file, "")],
  ["that was cut short", (file) => writeFileSync(file, '{"pid":')],
  ["of an older devpm", (file, living) => writeFileSync(file, String(living))],
  ["of a process that is gone", (file) => writeFileSync(file, JSON.stringify({ pid: 2 ** 30, started: "1" }))],
  [
    "whose number is another process's now",
    (file, living) => writeFileSync(file, JSON.stringify({ pid: living, started: "1" })),
  ],
  ["that is a link", (file) => symlinkSync("/etc/hostname", file)],
  ["that is a folder", (file) => mkdirSync(file)],
  [
    "whose removal was cut short",
    (file) => {
      writeFileSync(file, "");
      writeFileSync(`${file}.takeover`, JSON.stringify({ pid: 2 ** 30, started: "1" }));
    },
  ],
])("one %s is nobody's", async (_, make) => {
  const file = path.join(folder(), "lock");
  const living = spawn("sleep", ["1000"]);
  onTestFinished(() => void living.kill("SIGKILL"));
  const hostname = readFileSync("/etc/hostname", "utf8");
  make(file, living.pid!);
  // of several that find it at once, one takes it
  const takers = [taker(file), taker(file), taker(file)];
  const [winner] = await Promise.race(takers.map(async (one) => [await one.waitFor(/has it/).then(() => one)]));
  const losers = takers.filter((one) => one !== winner);
  await Promise.all(losers.map((one) => one.waitFor(new RegExp(`waits for ${winner!.pid}`))));
  expect(losers.filter((one) => one.output().includes("has it"))).toEqual([]);
  expect(readFileSync("/etc/hostname", "utf8")).toBe(hostname);
});

it("is not waited for without end", async () => {
  const file = path.join(folder(), "lock");
  const first = taker(file);
  await first.waitFor(/has it/);
  const second = taker(file, 300);
  expect((await second.ended()).code).toBe(1);
  expect(second.output()).toContain(`pid ${first.pid} has held ${file} for too long: end it, or remove the file`);
});
