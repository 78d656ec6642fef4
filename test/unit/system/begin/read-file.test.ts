import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asCommonJs } from "../../../rigs/as-commonjs.ts";

const READ_FILE = asCommonJs("system/begin/read-file.ts");
const SIZE = 3_000_000;
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "devpm-read-file-"));
  file = path.join(folder, "large");
  writeFileSync(file, "0123456789\n".repeat(SIZE).slice(0, SIZE));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `glibc`: null with another library. */
interface Answer {
  glibc: string | null;
  value: string;
}

function answerOf(program: string): Answer {
  const begin = `const fs = require("node:fs"); const reader = require(${JSON.stringify(READ_FILE)}); const file = ${JSON.stringify(file)};`;
  const end = "const glibc = process.report.getReport().header.glibcVersionRuntime ?? null;";
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--expose-gc",
      "-e",
      `${begin} (async () => { ${program} ${end} console.log(JSON.stringify({ glibc, value })); })()`,
    ],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Answer;
}

test.each([
  ["readBytes", (name: string) => name],
  ["readAscii", (name: string) => `fs.openSync(${name})`],
])("%s reads what there is, an empty file too, and closes it", (name, given) => {
  const { value } = answerOf(`
    const empty = file + ".empty";
    fs.writeFileSync(empty, "");
    const free = fs.openSync(file);
    fs.closeSync(free);
    const isRead = String(reader.${name}(${given("file")})) === fs.readFileSync(file, "latin1");
    const value = isRead && reader.${name}(${given("empty")}).length === 0 && fs.openSync(file) === free;`);
  expect(value).toBe(true);
});

/**
 * Reads the file, lets go of it until that is freed, and takes two megabytes of malloc: how much of that comes from the heap.
 * The registry says when V8 has let go, and the next collection frees it.
 */
const afterReading = (read: string): string => `
  const heap = () => {
    const [, from, to] = /^(\\w+)-(\\w+) .*\\[heap\\]$/m.exec(fs.readFileSync("/proc/self/maps", "latin1"));
    return parseInt(to, 16) - parseInt(from, 16);
  };
  const isFree = new Promise((resolve) => {
    const registry = (globalThis.registry = new FinalizationRegistry(resolve));
    registry.register((${read}).buffer);
  });
  for (let isOver = false; !isOver; ) {
    gc();
    isOver = await Promise.race([isFree.then(() => true), new Promise((resolve) => setTimeout(resolve, 5, false))]);
  }
  gc();
  // where it still is freed beside the program, it is by the time that this has been
  while (process.memoryUsage().arrayBuffers > 1_000_000) await new Promise((resolve) => setTimeout(resolve, 5, gc()));
  const before = heap();
  globalThis.taken = Buffer.allocUnsafeSlow(2_000_000);
  const value = heap() - before > 1_000_000 ? "heap" : "pages";`;

test("what was read and let go of leaves glibc's heap as it was", (ctx) => {
  const others = answerOf(process.platform === "linux" ? afterReading("fs.readFileSync(file)") : 'const value = "";');
  ctx.skip(others.glibc === null, "no glibc");
  // Node's own way: from then on the heap is what it takes from
  expect(others.value).toBe("heap");
  expect(answerOf(afterReading("reader.readBytes(file)")).value).toBe("pages");
});
