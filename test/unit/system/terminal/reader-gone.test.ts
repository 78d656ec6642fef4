import { spawn, spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { expect, test } from "vitest";
import { onReaderGone } from "../../../../src/system/terminal/reader-gone.ts";
import { folderWith } from "../../config/outside.ts";

const isGnu = spawnSync("tail", ["--version"]).stdout?.includes("coreutils") ?? false;

test("a pipe whose reader has gone is noticed without a write", async (ctx) => {
  ctx.skip(!isGnu, "this machine's tail does not watch its own output");
  const fifo = `${folderWith({})}/pipe`;
  spawnSync("mkfifo", [fifo]);
  const reader = spawn("cat", [fifo], { stdio: "ignore" });
  ctx.onTestFinished(() => void reader.kill("SIGKILL"));
  // returns when the reader has opened its end
  const descriptor = openSync(fifo, "w");
  const gone = new Promise<string>((resolve) => onReaderGone(descriptor, () => resolve("gone")));
  reader.kill("SIGKILL");
  expect(await gone).toBe("gone");
}, 60_000);

test("what is no pipe is not watched", () => {
  const file = `${folderWith({ "out.txt": "" })}/out.txt`;
  const end = onReaderGone(openSync(file, "w"), () => expect.fail("a file has no reader that goes"));
  end();
});
