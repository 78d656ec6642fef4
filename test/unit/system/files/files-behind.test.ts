import { closeSync, openSync, rmSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { filesBehind } from "../../../../src/system/files/files-behind.ts";
import { folderWith } from "../../config/outside.ts";

function opened(file: string): number {
  const descriptor = openSync(file, "a");
  onTestFinished(() => closeSync(descriptor));
  return descriptor;
}

test("a redirected output is known by its file, once, whatever the file is called", () => {
  const folder = folderWith({ "out [1].txt": "" });
  const file = path.join(folder, "out [1].txt");
  expect(filesBehind([opened(file), opened(file), opened("/dev/null")], folder)).toEqual([file]);
});

test("one whose file was removed, and what is no descriptor, are none", () => {
  const folder = folderWith({ "gone.txt": "" });
  const gone = opened(path.join(folder, "gone.txt"));
  rmSync(path.join(folder, "gone.txt"));
  expect(filesBehind([gone, 9_999], folder)).toEqual([]);
});
