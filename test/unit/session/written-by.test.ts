import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nextWriter, saveTimes, writerAt } from "../../../src/session/apps/written-by.ts";
import { clock } from "../../../src/system/clock.ts";
import { files } from "../../../src/system/files/files.ts";
import { processes } from "../../../src/system/processes/processes.ts";
import type { WrittenBytes } from "../../../src/system/processes/types.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { folderWith } from "../config/outside.ts";
import { virtualClock } from "../virtual-clock.ts";

const sample = (at: number, toDisk: number) => ({ at, written: { toDisk, inAll: 0 } });
const toDisk = (written: WrittenBytes): number => written.toDisk;

test.each([
  ["the count rose then", [sample(900, 0), sample(950, 0), sample(1_020, 4_096)], "app"],
  ["it rose before", [sample(900, 0), sample(950, 4_096), sample(1_020, 4_096)], "other"],
  ["it rose after", [sample(950, 0), sample(1_020, 0), sample(1_100, 4_096)], "other"],
  ["the process began then: it counts from 0", [sample(1_005, 4_096), sample(1_020, 4_096)], "app"],
  ["it ended right after", [sample(950, 0), sample(1_003, 4_096)], "app"],
  ["the kernel does not tell", [], "unknown"],
] as const)("a file was written at 1000, and %s: %s", (_, samples, writer) => {
  expect(writerAt(1_000, samples, toDisk)).toBe(writer);
});

test("a file that is opened long before it is written is the app's that writes it", async () => {
  const time = virtualClock();
  const began = time.now().getTime();
  const here = { saved: began - 1_000, toDisk: 0, isEmpty: false };
  const system = {
    clock: time,
    files: {
      savedAt: () => Promise.resolve(here.saved),
      isInMemory: () => Promise.resolve(false),
      readBytes: () => (here.isEmpty ? Buffer.alloc(0) : null),
    },
    processes: { written: () => ({ toDisk: here.toDisk, inAll: 0 }), descendants: () => [1] },
  } as unknown as Parameters<typeof nextWriter>[0];
  time.at(100, () => Object.assign(here, { saved: began + 100, isEmpty: true }));
  time.at(300, () => Object.assign(here, { saved: began + 300, isEmpty: false, toDisk: 4_096 }));
  const stopping = new AbortController().signal;
  const before = [here.saved];
  expect(await time.run(nextWriter(system, { pid: 1, names: ["/p/out"], before, ms: 5_000, stopping }))).toBe("app");
});

/** macOS does not tell. */
const real = test.skipIf(process.platform !== "linux");

/** A real process that writes to its pipe all the time, and `out` when it is told to. */
async function app(how: string, root = folderWith({ out: "before" })) {
  const script = `
    setInterval(() => process.stdout.write("x".repeat(4_000)), 1);
    process.stdin.on("data", () => { ${how} });`;
  const child = spawn(process.execPath, ["-e", script], { cwd: root, stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdout.resume();
  await once(child.stdout, "data");
  const names = [path.join(root, "out")];
  const before = await saveTimes({ files }, names);
  const system = { clock, files, processes };
  const stopping = new AbortController().signal;
  const next = nextWriter(system, { pid: child.pid!, names, before, ms: 50_000, stopping });
  return { next, tell: () => child.stdin.write("now"), save: () => writeFileSync(names[0]!, "mine") };
}

real.each([
  ["it writes the file", `require("node:fs").writeFileSync("out", "again")`],
  [
    "it renames another to it",
    `require("node:fs").writeFileSync("new", "again"); require("node:fs").renameSync("new", "out")`,
  ],
  ["a child of it does", `require("node:child_process").spawnSync("sh", ["-c", "echo again > out"])`],
])("%s: seen as the app's", async (_, how) => {
  const { next, tell } = await app(how);
  tell();
  expect(await next).toBe("app");
});

real("what someone else saves is not the app's, whatever the app prints meanwhile", async () => {
  // in memory what is written to a file cannot be told from what is printed: the usual place may be there
  const { next, save } = await app("", await onDisk());
  save();
  expect(await next).toBe("other");
});

async function onDisk(): Promise<string> {
  for (const place of [tmpdir(), "/var/tmp", REPOSITORY]) {
    const root = mkdtempSync(path.join(place, "devpm-written-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    writeFileSync(path.join(root, "out"), "before");
    if (!(await files.isInMemory(path.join(root, "out")))) return root;
  }
  throw new Error("no folder of this machine is on a disk");
}

test("nothing is written", async () => {
  const root = folderWith({ out: "" });
  const names = [path.join(root, "out")];
  const before = await saveTimes({ files }, names);
  const stopping = new AbortController().signal;
  const system = { clock, files, processes };
  expect(await nextWriter(system, { pid: process.pid, names, before, ms: 50, stopping })).toBe("none");
});
