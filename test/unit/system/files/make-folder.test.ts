import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished, expect, test } from "vitest";
import { makeFolder } from "../../../../src/system/files/make-folder.ts";

function temporary(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-folder-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("makes what is missing, for this user alone, and takes what is there", () => {
  const above = temporary();
  const folder = path.join(above, "a", "b", "c");
  makeFolder(folder);
  makeFolder(folder);
  for (const one of [folder, path.dirname(folder)]) expect(statSync(one).mode & 0o777).toBe(0o700);
  symlinkSync(folder, path.join(above, "link"));
  makeFolder(path.join(above, "link", "d"));
  expect(statSync(path.join(folder, "d")).isDirectory()).toBe(true);
});

test("a file in the place of a folder is an error, and stays", () => {
  const file = path.join(temporary(), "file");
  writeFileSync(file, "kept");
  for (const folder of [file, path.join(file, "below", "it")]) expect(() => makeFolder(folder)).toThrow(/EEXIST/);
  expect(readFileSync(file, "utf8")).toBe("kept");
});

test("a folder that takes none is an error at once", (ctx) => {
  ctx.skip(process.platform !== "linux", "/proc of Linux");
  expect(() => makeFolder("/proc/nothing/here")).toThrow(/ENOENT/);
});
